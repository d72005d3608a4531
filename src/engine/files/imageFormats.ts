import { imageExtensions } from '../../common/imageExtensions.ts';

const readable: ReadonlySet<string> = new Set(imageExtensions);

/** Whether the name promises an image that can be read; what it holds is seen when it is. */
export function isImagePath(path: string): boolean {
  const dot = path.lastIndexOf('.');
  return dot > 0 && readable.has(path.slice(dot + 1).toLowerCase());
}
