import { relative, sep } from 'node:path';
import { watch } from 'chokidar';
import type { Folder, Settings } from '../../protocol/engineProtocol.ts';
import { createFolderFilter, type FolderFilter } from './folderFilter.ts';
import { isImagePath } from './imageFormats.ts';
import { staysInside } from './scanFolder.ts';

export interface WatchedFile {
  readonly folder: string;
  readonly path: string;
  readonly relativePath: string;
}

export interface WatchOptions {
  readonly folders: readonly Folder[];
  readonly settings: Settings;
  /** Changes of one batch: files that are new or changed, and paths that are gone. */
  readonly onChanges: (changes: {
    readonly changed: readonly WatchedFile[];
    readonly removed: readonly string[];
  }) => void;
  /** Something that single files do not tell: an ignore file changed, or events were lost. */
  readonly onRescan: () => void;
  readonly log: (message: string) => void;
}

export interface Watcher {
  close(): Promise<void>;
}

/** A batch ends when nothing has changed for this long, … */
const quietMs = 300;
/** … or after this long, so that a tool that never rests is followed too. */
const longestMs = 2_000;
/** A file counts as written when its size has not changed for this long. */
const stableMs = 200;
/** With more changes than this a scan is cheaper than looking at each. */
const rescanFrom = 2_000;

const neverWatched = /(^|[\\/])(\.git|\.hg|\.svn|node_modules)([\\/]|$)/;

/** Watches folders and hands on their changes in batches. */
export async function watchFolders(options: WatchOptions): Promise<Watcher> {
  const batch = new ChangeBatch(options);
  const watcher = watch(
    options.folders.map(({ path }) => path),
    {
      ignored: (path, stats) =>
        neverWatched.test(path) ||
        (stats?.isFile() === true && !isImagePath(path) && !path.endsWith('.gitignore')),
      ignoreInitial: true,
      followSymlinks: options.settings.followSymlinks,
      awaitWriteFinish: { stabilityThreshold: stableMs, pollInterval: 50 },
      atomic: true,
    },
  );
  watcher.on('add', (path) => batch.changed(path));
  watcher.on('change', (path) => batch.changed(path));
  watcher.on('unlink', (path) => batch.removed(path));
  watcher.on('unlinkDir', () => batch.rescan());
  watcher.on('error', (error) => {
    options.log(`Watching failed, changes may be seen late: ${String(error)}`);
    batch.rescan();
  });
  await new Promise<void>((resolve) => {
    watcher.once('ready', () => resolve());
  });
  return {
    close: async () => {
      batch.dispose();
      await watcher.close();
    },
  };
}

class ChangeBatch {
  readonly #options: WatchOptions;
  readonly #filters: ReadonlyMap<string, FolderFilter>;
  readonly #changed = new Set<string>();
  readonly #removed = new Set<string>();
  #rescan = false;
  #timer: NodeJS.Timeout | undefined;
  #begunMs: number | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#filters = new Map(
      options.folders.map(({ id, path }) => [id, createFolderFilter(path, options.settings)]),
    );
  }

  changed(path: string): void {
    if (path.endsWith('.gitignore')) {
      this.rescan();
      return;
    }
    this.#removed.delete(path);
    this.#changed.add(path);
    this.#schedule();
  }

  removed(path: string): void {
    if (path.endsWith('.gitignore')) {
      this.rescan();
      return;
    }
    this.#changed.delete(path);
    this.#removed.add(path);
    this.#schedule();
  }

  rescan(): void {
    this.#rescan = true;
    this.#schedule();
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    const now = performance.now();
    this.#begunMs ??= now;
    clearTimeout(this.#timer);
    const left = this.#begunMs + longestMs - now;
    this.#timer = setTimeout(() => void this.#flush(), Math.max(0, Math.min(quietMs, left)));
  }

  async #flush(): Promise<void> {
    this.#begunMs = undefined;
    const { onChanges, onRescan } = this.#options;
    const changed = [...this.#changed];
    const removed = [...this.#removed];
    const isMany = changed.length + removed.length >= rescanFrom;
    this.#changed.clear();
    this.#removed.clear();
    if (this.#rescan || isMany) {
      this.#rescan = false;
      onRescan();
      return;
    }
    const accepted = (await Promise.all(changed.map((path) => this.#accept(path)))).flat();
    if (accepted.length > 0 || removed.length > 0) {
      onChanges({ changed: accepted, removed });
    }
  }

  /** The file as one of its folder; nothing where the filter or a link leaves it out. */
  async #accept(path: string): Promise<WatchedFile[]> {
    const folder = this.#options.folders
      .filter((candidate) => path.startsWith(candidate.path + sep))
      .sort((a, b) => b.path.length - a.path.length)[0];
    if (folder === undefined) {
      return [];
    }
    const relativePath = relative(folder.path, path).split(sep).join('/');
    const filter = this.#filters.get(folder.id);
    const { followSymlinks } = this.#options.settings;
    const isAccepted =
      (await filter?.acceptsPath(relativePath)) === true &&
      (followSymlinks || (await staysInside(folder.path, path)));
    return isAccepted ? [{ folder: folder.id, path, relativePath }] : [];
  }
}
