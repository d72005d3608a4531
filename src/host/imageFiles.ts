import { imageExtensions } from '../common/imageExtensions.ts';

/** A glob for the file finder and watchers of VS Code. */
export const imagePattern = `**/*.{${imageExtensions
  .flatMap((extension) => [extension, extension.toUpperCase()])
  .join(',')}}`;

const imageName = new RegExp(`\\.(?:${imageExtensions.join('|')})$`, 'i');

/** Whether the name ends like that of an image; says nothing about what is inside. */
export function isImageName(name: string): boolean {
  return imageName.test(name);
}
