import { type Dirent, stat as statBack } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FamiliarError, messageOf } from '../../common/failure.ts';
import type { FolderFilter } from './folderFilter.ts';
import { isImagePath } from './imageFormats.ts';
import { isBelow } from './isBelow.ts';
import type { PassedOverReason } from './passedOver.ts';
import { resolveInside, resolveLinks } from './resolveInside.ts';

export interface ScannedFile {
  readonly path: string;
  /** Below the scanned folder, with forward slashes. */
  readonly relativePath: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970, with the fraction that the file system gives. */
  readonly mtimeMs: number;
  /** When anything about the file changed, as `mtimeMs`; unlike that, no program sets it back. */
  readonly ctimeMs: number;
  /** Whether the path is a link to the file. */
  readonly isLink?: true;
}

/** A file or folder that could not be listed. */
export interface ScanFailure {
  readonly path: string;
  readonly relativePath: string;
  readonly error: FamiliarError;
}

export interface ScanOptions {
  readonly signal: AbortSignal;
  /** Whether links may lead out of the folder. */
  readonly followSymlinks: boolean;
  /** Is told what may be a picture of the person's own and is left out. */
  readonly onPassedOver?: (passed: PassedOverReason, path: string) => void;
}

/** Files whose size and time are asked for at the same time. */
const statConcurrency = 64;

interface Entry {
  readonly path: string;
  readonly relativePath: string;
  readonly isLink?: true;
}

/**
 * The accepted image files below `root`, folder by folder. Links are followed where they stay
 * inside (or `followSymlinks` is set), each real folder at most once, so that loops end.
 */
export async function* scanFolder(
  root: string,
  filter: FolderFilter,
  options: ScanOptions,
): AsyncGenerator<ScannedFile | ScanFailure> {
  let realRoot: string;
  try {
    realRoot = await realpath(root);
  } catch (cause) {
    yield {
      path: root,
      relativePath: '',
      error: isMissing(cause) ? awayFailure(root, cause) : unreadable(root, cause),
    };
    return;
  }
  const visited = new Set<string>([realRoot]);
  const folders: Entry[] = [{ path: root, relativePath: '' }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    options.signal.throwIfAborted();
    const verdict = await filter.judgeFolder(folder.relativePath);
    if (verdict === 'accepted') {
      yield* await scanOne(folder, { root, realRoot, filter, folders, visited, ...options });
    } else if (verdict === 'ignored') {
      options.onPassedOver?.({ reason: 'ignoredFolder' }, folder.path);
    }
  }
}

interface ScanState extends ScanOptions {
  readonly root: string;
  readonly realRoot: string;
  readonly filter: FolderFilter;
  readonly folders: Entry[];
  readonly visited: Set<string>;
}

/** What lies in one folder; folders in it are added to those to be scanned. */
async function scanOne(folder: Entry, state: ScanState): Promise<(ScannedFile | ScanFailure)[]> {
  let names: Dirent<Buffer>[];
  try {
    names = await readdir(folder.path, { withFileTypes: true, encoding: 'buffer' });
  } catch (cause) {
    return [{ ...folder, error: unreadable(folder.path, cause) }];
  }
  const files: Entry[] = [];
  const failures: ScanFailure[] = [];
  for (const dirent of names) {
    const name = dirent.name.toString('utf8');
    const entry = {
      path: join(folder.path, name),
      relativePath: folder.relativePath === '' ? name : `${folder.relativePath}/${name}`,
    };
    if (!Buffer.from(name, 'utf8').equals(dirent.name)) {
      if (dirent.isDirectory() || state.filter.acceptsFile(entry.relativePath)) {
        failures.push({ ...entry, error: notUtf8(entry.relativePath) });
      }
    } else if (dirent.isDirectory()) {
      state.folders.push(entry);
    } else if (dirent.isSymbolicLink()) {
      const kind = await resolveLink(entry.path, state);
      if (kind === 'folder') {
        state.folders.push(entry);
      } else if (kind === 'file') {
        judgeFile({ ...entry, isLink: true }, files, state);
      } else if (kind === 'outside' && mayBePictures(name)) {
        state.onPassedOver?.({ reason: 'outside' }, entry.path);
      }
    } else if (dirent.isFile()) {
      judgeFile(entry, files, state);
    }
  }
  return [...failures, ...(await stampFiles(files, state.signal))];
}

function judgeFile(entry: Entry, files: Entry[], state: ScanState): void {
  const verdict = state.filter.judgeFile(entry.relativePath);
  if (verdict === 'accepted') {
    files.push(entry);
  } else if (verdict !== null) {
    state.onPassedOver?.(verdict, entry.path);
  }
}

/** A link that leads outside is not followed: its name tells an image, or perhaps a folder. */
function mayBePictures(name: string): boolean {
  return isImagePath(name) || !name.includes('.');
}

async function stampFiles(
  files: readonly Entry[],
  signal: AbortSignal,
): Promise<(ScannedFile | ScanFailure)[]> {
  const stamped: (ScannedFile | ScanFailure)[][] = [];
  for (let at = 0; at < files.length; at += statConcurrency) {
    signal.throwIfAborted();
    stamped.push(await stampTogether(files.slice(at, at + statConcurrency)));
  }
  return stamped.flat();
}

/** One promise for many files: one for each would take a large part of a scan's time. */
function stampTogether(entries: readonly Entry[]): Promise<(ScannedFile | ScanFailure)[]> {
  return new Promise((resolve) => {
    const stamped: (ScannedFile | ScanFailure | undefined)[] = [];
    let left = entries.length;
    for (const [i, entry] of entries.entries()) {
      statBack(entry.path, (cause, stats) => {
        if (cause === null) {
          const { size: sizeBytes, mtimeMs, ctimeMs } = stats;
          stamped[i] = { ...entry, sizeBytes, mtimeMs, ctimeMs };
        } else if (!isMissing(cause)) {
          stamped[i] = { ...entry, error: unreadable(entry.path, cause) };
        }
        // One that was deleted since it was listed is no file and no failure.
        if (--left === 0) {
          resolve(stamped.filter((file) => file !== undefined));
        }
      });
    }
  });
}

/** What a link leads to; nothing where it dangles or was visited before. */
async function resolveLink(
  path: string,
  state: ScanState,
): Promise<'file' | 'folder' | 'outside' | null> {
  const resolved = await (state.followSymlinks
    ? realpathOrNull(path).then((real) => (real === null ? null : { path: real }))
    : resolveLinks({ path: state.root, realPath: state.realRoot }, path));
  if (resolved === 'outside') {
    return 'outside';
  }
  const target = resolved?.path ?? null;
  if (target === null) {
    // A link that dangles or loops leads to no picture: there is nothing that could have failed.
    return null;
  }
  const isInside = target === state.realRoot || isBelow(target, state.realRoot);
  const kind = await stat(target);
  if (kind.isDirectory()) {
    // A folder inside is met by its own name; one outside by the first link that leads there.
    if (isInside || state.visited.has(target)) {
      return null;
    }
    state.visited.add(target);
    return 'folder';
  }
  return kind.isFile() ? 'file' : null;
}

async function realpathOrNull(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch {
    return null;
  }
}

/** Whether a path exists and lies in the folder once its links are resolved. */
export async function staysInside(folder: string, path: string): Promise<boolean> {
  const realPath = await realpathOrNull(folder);
  return realPath !== null && (await resolveInside({ path: folder, realPath }, path)) !== null;
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function unreadable(path: string, cause: unknown): FamiliarError {
  const reason = messageOf(cause);
  return new FamiliarError('file-unreadable', `Expected to read ${path} but received: ${reason}.`, {
    remedy: 'Check that it exists and that you may read it.',
    cause,
  });
}

/** A folder is missing or empty that held pictures: its drive, share or worktree is away. */
export function awayFailure(path: string, cause?: unknown): FamiliarError {
  return new FamiliarError(
    'folder-away',
    `Expected a folder with images at ${path} but it is away.`,
    {
      remedy: 'Connect its drive or share. Its images stay in the library until then.',
      cause,
    },
  );
}

function notUtf8(relativePath: string): FamiliarError {
  return new FamiliarError(
    'file-name',
    `Expected a name in UTF-8 but received other bytes (shown as ${relativePath}).`,
    { remedy: 'Rename the file.' },
  );
}
