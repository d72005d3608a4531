/**
 * Name endings of the images that the engine reads, in lower case, as in the `when` clauses of
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
  'kra',
  'ora',
  'png',
  'psb',
  'psd',
  'qoi',
  'svg',
  'svgz',
  'tga',
  'tif',
  'tiff',
  'webp',
] as const;
