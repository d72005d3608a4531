/** Whether a drag carries files or links to files, so that it is worth a drop target. */
export function carriesImages(types: readonly string[]): boolean {
  return types.some((type) => type === 'Files' || type === 'text/uri-list' || isCodeList(type));
}

/** The `file:` and remote URIs of a `text/uri-list` (RFC 2483: `#` begins a comment). */
export function parseUriList(list: string): string[] {
  return list
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => /^[a-z][a-z0-9+.-]*:\/\//i.test(line) && line.length <= 8192)
    .filter((line) => /^(file|vscode-remote):/i.test(line));
}

/** VS Code's own list, which holds remote files as well. */
export function isCodeList(type: string): boolean {
  return type.toLowerCase() === 'application/vnd.code.uri-list';
}
