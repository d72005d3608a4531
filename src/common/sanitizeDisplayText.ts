/**
 * Characters that have no shape of their own and change what people see of the text around them:
 * control characters and separators other than tab and line feed, and overrides, embeddings and
 * isolates of the writing direction (Unicode UAX #9), by which `gnp.exe` can be made to look like
 * `exe.png`.
 */
const deceptive = /(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/** A name, path or message in a form that shows what it holds: what deceives becomes `U+FFFD`. */
export function sanitizeDisplayText(text: string): string {
  return text.toWellFormed().replace(deceptive, '\ufffd');
}
