import type { Stats } from 'node:fs';
import { basename, join } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import type { Folder, Settings } from '../../common/settings.ts';
import { ChangeBatch, type WatchedChanges } from './changeBatch.ts';
import { FolderPresence } from './folderPresence.ts';
import { isImagePath } from './imageFormats.ts';
import { LinkTargets } from './linkTargets.ts';
import { isKernelFolder } from './systemDebris.ts';

export interface WatchOptions {
  readonly folders: readonly Folder[];
  readonly settings: Settings;
  /** Changes of one batch: files that are new or changed, and paths that are gone. */
  readonly onChanges: (changes: WatchedChanges) => void;
  /** Something that single files do not tell: an ignore file changed, or events were lost. */
  readonly onRescan: () => void;
  readonly log: (message: string, level?: 'info' | 'warning') => void;
  /** The system watches no more folders: changes are looked for now and then instead. */
  readonly onLimit: (limit: WatchLimit) => void;
}

export interface WatchLimit {
  /** The kernel's setting that raises it. */
  readonly setting: string;
  /** How often changes are looked for. */
  readonly intervalSeconds: number;
}

export interface Watcher {
  /** Looks after the targets of these links to image files as well. */
  followLinks(paths: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Where changes cannot be told, folders are scanned this often, in milliseconds. */
const rescanIntervalMs = 30_000;
/** How often the files of a folder without events are looked at, in milliseconds. */
const pollIntervalMs = 2_000;

const neverWatched = /(^|[\\/])(\.git|\.hg|\.svn|node_modules)([\\/]|$)/;

/**
 * Watches folders and hands on their changes in batches. One system watch a folder: a watch a file
 * would use up what the system allows. A folder that goes away and comes back is taken up again.
 */
export async function watchFolders(options: WatchOptions): Promise<Watcher> {
  const watcher = new FolderWatcher(options);
  await watcher.start();
  return watcher;
}

class FolderWatcher implements Watcher {
  readonly #options: WatchOptions;
  readonly #batch: ChangeBatch;
  readonly #presence: FolderPresence;
  readonly #links: LinkTargets;
  #watcher: FSWatcher | undefined;
  #restarting: Promise<void> = Promise.resolve();
  #rescans: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#batch = new ChangeBatch(options);
    this.#presence = new FolderPresence(
      options.folders.map(({ path }) => path),
      () => this.#restart(),
    );
    this.#links = new LinkTargets((path) => this.#batch.touched(path));
  }

  async start(): Promise<void> {
    await this.#presence.start();
    await this.#open();
  }

  followLinks(paths: readonly string[]): Promise<void> {
    return this.#links.follow(paths);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#links.close();
    this.#presence.close();
    this.#batch.dispose();
    clearInterval(this.#rescans);
    await this.#restarting;
    await this.#watcher?.close();
  }

  /** The old watches hang on what was there before; new ones are set before the scan. */
  #restart(): void {
    this.#restarting = this.#restarting.then(async () => {
      if (this.#isClosed) {
        return;
      }
      this.#options.log('A watched folder went away or came back; it is watched anew.');
      await this.#watcher?.close();
      await this.#open();
      this.#batch.rescan();
    });
  }

  async #open(): Promise<void> {
    const { folders, settings } = this.#options;
    const { usePolling, followSymlinks } = settings;
    const watcher = watch(
      folders.map(({ path }) => path),
      {
        ignored: (path, stats) => isUnwatched(path, stats, usePolling),
        ignoreInitial: true,
        followSymlinks,
        usePolling,
        interval: pollIntervalMs,
        binaryInterval: pollIntervalMs,
      },
    );
    this.#watcher = watcher;
    if (usePolling) {
      watcher.on('add', (path) => this.#batch.touched(path));
      watcher.on('change', (path) => this.#batch.touched(path));
      watcher.on('unlink', (path) => this.#batch.touched(path));
    } else {
      watcher.on('raw', (_event, name, details) => this.#onRaw(name, details));
    }
    // A new folder may have been filled before its watch was set.
    watcher.on('addDir', () => this.#batch.rescan());
    watcher.on('unlinkDir', (path) => {
      this.#presence.forget(path);
      this.#batch.rescan();
    });
    watcher.on('error', (error) => this.#onError(error));
    await new Promise<void>((resolve) => {
      watcher.once('ready', () => resolve());
    });
  }

  /** An event of the system: the watched folder, and the name in it that was touched. */
  #onRaw(name: string | null, details: unknown): void {
    const { watchedPath } = details as { watchedPath: string };
    if (name === null) {
      this.#batch.rescan();
    } else if (name !== basename(watchedPath) || isImagePath(name)) {
      // A folder that is moved or deleted tells its own name.
      this.#batch.touched(join(watchedPath, name));
    }
  }

  #onError(error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    const isLimit = code === 'ENOSPC' || code === 'EMFILE';
    if (!isLimit) {
      this.#options.log(`Watching failed, changes may be seen late: ${String(error)}`, 'warning');
      this.#batch.rescan();
    }
    if (this.#rescans === undefined) {
      if (isLimit) {
        const setting = limitSetting(code);
        this.#options.log(limitMessage(setting), 'warning');
        this.#options.onLimit({ setting, intervalSeconds: rescanIntervalMs / 1000 });
      }
      this.#rescans = setInterval(() => this.#batch.rescan(), rescanIntervalMs).unref();
    }
  }
}

function limitSetting(code: 'ENOSPC' | 'EMFILE'): string {
  return code === 'ENOSPC' ? 'fs.inotify.max_user_watches' : 'fs.inotify.max_user_instances';
}

function limitMessage(setting: string): string {
  return (
    `The system's limit of watched folders is reached: changes are looked for every ` +
    `${rescanIntervalMs / 1000} seconds instead. Raise ${setting} ` +
    `(for instance: sudo sysctl ${setting}=524288), exclude folders, or switch on usePolling.`
  );
}

/** Without polling only folders get a watch; their events name the files. */
function isUnwatched(path: string, stats: Stats | undefined, usePolling: boolean): boolean {
  if (neverWatched.test(path) || isKernelFolder(path)) {
    return true;
  }
  if (stats === undefined || stats.isDirectory()) {
    return false;
  }
  return !usePolling || !(isImagePath(path) || path.endsWith('.gitignore'));
}
