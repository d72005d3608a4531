export interface ViewPageOptions {
  /** BCP 47 tag of the language that VS Code is shown in. */
  readonly language: string;
  /** Origins that webview URIs may have, as `webview.cspSource` gives them. */
  readonly source: string;
  /** A fresh one for each page, of the base64 alphabet. */
  readonly nonce: string;
  /** Webview URIs of the application's program and style sheet. */
  readonly script: string;
  readonly style: string;
}

/**
 * The toolkit tries out `:focus-visible` in an empty `<style>`. This is the SHA-256 of no text at
 * all: it lets that one in, and no style of anybody else.
 */
const emptyStyle = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/**
 * The page of the webview's application. Its policy allows neither inline code nor styles, no
 * `eval`, no frames, no forms and no network, so that even markup that found its way into the
 * page could neither run nor send anything away. All values come from VS Code, none from files.
 */
export function viewPage(options: ViewPageOptions): string {
  const { language, source, nonce, script, style } = options;
  const policy = [
    `default-src 'none'`,
    `img-src ${source}`,
    `style-src ${source} ${emptyStyle}`,
    `font-src ${source}`,
    `script-src 'nonce-${nonce}'`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Familiar Faces</title>
<link rel="stylesheet" href="${style}">
<script type="module" nonce="${nonce}" src="${script}"></script>
</head>
<body></body>
</html>`;
}
