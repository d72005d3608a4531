import type { ViewSource } from '../../src/protocol/viewProtocol.ts';
import { isCodeList, parseUriList } from './uriList.ts';

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

function fileUris(data: DataTransfer): string[] {
  const code = [...data.types].find(isCodeList);
  const list = parseUriList(data.getData('text/uri-list'));
  return list.length > 0 || code === undefined ? list : parseUriList(data.getData(code));
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
