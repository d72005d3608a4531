import { lstat, readlink } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';

/** As many links as Linux follows for one path. */
const maxLinks = 40;

/** A folder, and the same one without links in its own path. */
export interface RealFolder {
  readonly path: string;
  readonly realPath: string;
}

/**
 * The real path of what lies below a folder, links followed as long as they stay in it; null where one
 * leads out of it, or nowhere. Nothing outside is touched on the way: `realpath` would ask the computer
 * that a link names, and on Windows sign in there.
 */
export async function resolveInside(folder: RealFolder, path: string): Promise<string | null> {
  const resolved = await resolveLinks(folder, path);
  return resolved === 'outside' ? null : (resolved?.path ?? null);
}

/** As `resolveInside`; `outside` where a link leads out of the folder, null where one leads nowhere. */
export async function resolveLinks(
  folder: RealFolder,
  path: string,
): Promise<{ readonly path: string } | 'outside' | null> {
  let names = namesBelow(folder, path);
  let at = folder.realPath;
  for (let links = 0; names !== null && links <= maxLinks; ) {
    const [name, ...rest] = names;
    if (name === undefined) {
      return { path: at };
    }
    const next = join(at, name);
    const target = await linkTarget(next);
    if (target === undefined) {
      return null;
    }
    if (target === null) {
      at = next;
      names = rest;
    } else {
      links++;
      names = namesBelow(folder, join(resolve(at, target), ...rest));
      at = folder.realPath;
    }
  }
  return names === null ? 'outside' : null;
}

/** Where a link leads; null for anything else, undefined where there is nothing. */
async function linkTarget(path: string): Promise<string | null | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : null;
  } catch {
    // Gone, or in a folder that may not be entered: there is no picture to be found there.
    return undefined;
  }
}

/** The names that lead from the folder to the path; null where it lies elsewhere. */
function namesBelow({ path: folder, realPath }: RealFolder, path: string): string[] | null {
  for (const start of [realPath, folder]) {
    const below = relative(start, path);
    const names = below === '' ? [] : below.split(sep);
    if (!isAbsolute(below) && names[0] !== '..') {
      return names;
    }
  }
  return null;
}
