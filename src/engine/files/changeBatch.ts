import { lstat } from 'node:fs/promises';
import { basename, relative, sep } from 'node:path';
import type { Folder, Settings } from '../../common/settings.ts';
import { createFolderFilter, type FolderFilter } from './folderFilter.ts';
import { isImagePath } from './imageFormats.ts';
import { isBelow } from './isBelow.ts';
import { staysInside } from './scanFolder.ts';

export interface WatchedFile {
  readonly folder: string;
  readonly path: string;
  readonly relativePath: string;
}

/** What was seen of files: those that are new or changed, and paths that are gone. */
export interface WatchedChanges {
  readonly changed: readonly WatchedFile[];
  readonly removed: readonly string[];
}

export interface BatchOptions {
  readonly folders: readonly Folder[];
  readonly settings: Settings;
  readonly onChanges: (changes: WatchedChanges) => void;
  readonly onRescan: () => void;
}

/** A batch ends when nothing has changed for this long, … */
const quietMs = 300;
/** … or after this long, so that a tool that never rests is followed too. */
const longestMs = 2_000;
/** A file counts as written when it was not touched for this long. */
const stableMs = 200;
/** With more changes than this a scan is cheaper than looking at each. */
const rescanFrom = 2_000;

/** Gathers touched paths, and tells them together once they rest. */
export class ChangeBatch {
  readonly #options: BatchOptions;
  #filters: ReadonlyMap<string, FolderFilter>;
  /** Touched path → when it was touched last, in milliseconds of `performance.now`. */
  readonly #touched = new Map<string, number>();
  #rescan = false;
  #timer: NodeJS.Timeout | undefined;
  #begunMs: number | undefined;
  #isDisposed = false;

  constructor(options: BatchOptions) {
    this.#options = options;
    this.#filters = this.#createFilters();
  }

  /** A path was added, changed or removed; which of them is seen when the batch ends. */
  touched(path: string): void {
    if (basename(path) === '.gitignore') {
      this.rescan();
    } else if (isImagePath(path)) {
      this.#touched.set(path, performance.now());
      this.#schedule();
    }
  }

  rescan(): void {
    this.#rescan = true;
    this.#schedule();
  }

  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
  }

  #createFilters(): ReadonlyMap<string, FolderFilter> {
    const { folders, settings } = this.#options;
    return new Map(folders.map(({ id, path }) => [id, createFolderFilter(path, settings)]));
  }

  #schedule(): void {
    if (this.#isDisposed) {
      return;
    }
    const now = performance.now();
    this.#begunMs ??= now;
    clearTimeout(this.#timer);
    const left = this.#begunMs + longestMs - now;
    this.#timer = setTimeout(() => void this.#flush(), Math.max(0, Math.min(quietMs, left)));
  }

  async #flush(): Promise<void> {
    this.#begunMs = undefined;
    const { onChanges, onRescan } = this.#options;
    if (this.#rescan || this.#touched.size >= rescanFrom) {
      this.#rescan = false;
      this.#touched.clear();
      // What ignore files say may be what changed.
      this.#filters = this.#createFilters();
      onRescan();
      return;
    }
    const changed: WatchedFile[] = [];
    const removed: string[] = [];
    await Promise.all(
      this.#takeResting().map(async (path) => {
        if (await isThere(path)) {
          changed.push(...(await this.#accept(path)));
        } else {
          removed.push(path);
        }
      }),
    );
    if (!this.#isDisposed && changed.length + removed.length > 0) {
      onChanges({ changed, removed });
    }
  }

  /** Paths that are not being written; the others wait for the next batch. */
  #takeResting(): string[] {
    const restingSinceMs = performance.now() - stableMs;
    const resting = [...this.#touched].flatMap(([path, atMs]) =>
      atMs <= restingSinceMs ? [path] : [],
    );
    for (const path of resting) {
      this.#touched.delete(path);
    }
    if (this.#touched.size > 0) {
      this.#schedule();
    }
    return resting;
  }

  /** The file as one of its folder; nothing where the filter or a link leaves it out. */
  async #accept(path: string): Promise<WatchedFile[]> {
    const { folders, settings } = this.#options;
    const folder = folders
      .filter((candidate) => isBelow(path, candidate.path))
      .sort((a, b) => b.path.length - a.path.length)[0];
    if (folder === undefined) {
      return [];
    }
    const relativePath = relative(folder.path, path).split(sep).join('/');
    const filter = this.#filters.get(folder.id);
    const isAccepted =
      (await filter?.acceptsPath(relativePath)) === true &&
      (settings.followSymlinks || (await staysInside(folder.path, path)));
    return isAccepted ? [{ folder: folder.id, path, relativePath }] : [];
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    // One that cannot be looked at is handed on, so that the reason is recorded.
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}
