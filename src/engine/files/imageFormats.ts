import { imageExtensions, unreadImageExtensions } from '../../common/imageExtensions.ts';

const readable: ReadonlySet<string> = new Set(imageExtensions);
const unread: ReadonlySet<string> = new Set(unreadImageExtensions);

/** Whether the name promises an image that can be read; what it holds is seen when it is. */
export function isImagePath(path: string): boolean {
  return readable.has(endingOf(path));
}

/** The name's ending where it is that of a picture which is not read; null otherwise. */
export function unreadEnding(path: string): string | null {
  const ending = endingOf(path);
  return unread.has(ending) ? ending : null;
}

/** In lower case, without the dot; empty where there is none. */
function endingOf(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > 0 ? path.slice(dot + 1).toLowerCase() : '';
}
