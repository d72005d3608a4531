import type { ViewSource } from '../../src/protocol/viewProtocol.ts';

/** Largest image file that is handed to the host, in bytes (the protocol's limit). */
export const maxImageBytes = 64 * 1024 * 1024;
/** Images of one query. */
export const maxSources = 16;

/** What a drop or a paste brought. `refused` names files that are too large or no images. */
export interface ImageInput {
  readonly sources: readonly ViewSource[];
  readonly tooLarge: readonly string[];
  readonly notImages: readonly string[];
}

/** Whether a drag carries files or links to files, so that it is worth a drop target. */
export function carriesImages(types: readonly string[]): boolean {
  return types.some((type) => type === 'Files' || type === 'text/uri-list' || isCodeList(type));
}

/**
 * The images of a drop or paste. Links to files of the Explorer come before bytes: they keep
 * their place in the library, and the browser adds bytes to some of them.
 */
export async function readImages(data: DataTransfer): Promise<ImageInput> {
  const uris = fileUris(data);
  if (uris.length > 0) {
    const sources = uris.slice(0, maxSources).map((uri) => ({ kind: 'uri' as const, uri }));
    return { sources, tooLarge: [], notImages: [] };
  }
  return readFiles([...data.files]);
}

/** Reads whole image files; a clipboard's picture is a file as well. */
export async function readFiles(files: readonly File[]): Promise<ImageInput> {
  const images = files.filter((file) => file.type.startsWith('image/') || file.type === '');
  const small = images.filter((file) => file.size <= maxImageBytes).slice(0, maxSources);
  return {
    sources: await Promise.all(small.map(toSource)),
    tooLarge: images.filter((file) => file.size > maxImageBytes).map((file) => file.name),
    notImages: files.filter((file) => !images.includes(file)).map((file) => file.name),
  };
}

/** The `file:` and remote URIs of a `text/uri-list` (RFC 2483: `#` begins a comment). */
export function parseUriList(list: string): string[] {
  return list
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => /^[a-z][a-z0-9+.-]*:\/\//i.test(line) && line.length <= 8192)
    .filter((line) => /^(file|vscode-remote):/i.test(line));
}

function fileUris(data: DataTransfer): string[] {
  const code = [...data.types].find(isCodeList);
  const list = parseUriList(data.getData('text/uri-list'));
  return list.length > 0 || code === undefined ? list : parseUriList(data.getData(code));
}

function isCodeList(type: string): boolean {
  return type.toLowerCase() === 'application/vnd.code.uri-list';
}

async function toSource(file: File): Promise<ViewSource> {
  const url = await readDataUrl(file);
  const base64 = url.slice(url.indexOf(',') + 1);
  return { kind: 'bytes', name: file.name.slice(0, 1024), base64 };
}

function readDataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(String(reader.result)));
    reader.addEventListener('error', () => reject(reader.error ?? new Error('unreadable')));
    reader.readAsDataURL(file);
  });
}
