import { sanitizeDisplayText } from '../common/sanitizeDisplayText.ts';

/** One line for the person; whatever names are in it cannot steer the terminal. */
export function print(text: string): void {
  process.stdout.write(`${sanitizeDisplayText(text)}\n`);
}

/** Data for a script, and nothing else on stdout. What would steer a terminal is escaped. */
export function printJson(data: unknown): void {
  const text = JSON.stringify(data, null, 2).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  process.stdout.write(`${text}\n`);
}

/** One line about the work itself, which is no part of the answer. */
export function report(text: string): void {
  process.stderr.write(`${sanitizeDisplayText(text)}\n`);
}

/** A file name on one line, as `print` would show it. */
export function printable(name: string): string {
  return sanitizeDisplayText(name).replace(/[\n\t]/g, '\ufffd');
}

/**
 * Whoever reads may have seen enough, as `head` does: that ends the command, and is no failure.
 */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      process.exit(0);
    }
    throw error;
  });
  // What nobody hears is no reason to end the work.
  process.stderr.on('error', () => undefined);
}

/** Resolves when all that was written to the stream has been handed to whoever reads it. */
export function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
