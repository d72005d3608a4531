import { sep } from 'node:path';

/** Whether a path lies below a folder, which itself does not; both absolute. */
export function isBelow(path: string, folder: string): boolean {
  // The root of a drive (`/`, `D:\`) ends with a separator already.
  const start = folder.endsWith(sep) ? folder : folder + sep;
  return path.length > start.length && path.startsWith(start);
}
