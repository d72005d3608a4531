/** Endings of files that the decoder reads, lower case. */
export const imageExtensions: ReadonlySet<string> = new Set([
  'png',
  'apng',
  'jpg',
  'jpeg',
  'jpe',
  'jfif',
  'webp',
  'avif',
  'gif',
  'tif',
  'tiff',
  'bmp',
  'svg',
  'svgz',
  'dib',
]);

/** Whether the name promises an image that can be read; what it holds is seen when it is. */
export function isImagePath(path: string): boolean {
  const dot = path.lastIndexOf('.');
  return dot > 0 && imageExtensions.has(path.slice(dot + 1).toLowerCase());
}
