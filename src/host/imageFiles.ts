/**
 * Name endings of the images that the engine reads, as in the `when` clauses of
 * `package.json`; a test keeps the two equal.
 */
export const imageExtensions = [
  'apng',
  'avif',
  'bmp',
  'dib',
  'gif',
  'jfif',
  'jpe',
  'jpeg',
  'jpg',
  'png',
  'svg',
  'svgz',
  'tif',
  'tiff',
  'webp',
] as const;

/** A glob for the file finder and watchers of VS Code. */
export const imagePattern = `**/*.{${imageExtensions
  .flatMap((extension) => [extension, extension.toUpperCase()])
  .join(',')}}`;

const imageName = new RegExp(`\\.(?:${imageExtensions.join('|')})$`, 'i');

/** Whether the name ends like that of an image; says nothing about what is inside. */
export function isImageName(name: string): boolean {
  return imageName.test(name);
}
