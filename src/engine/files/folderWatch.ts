import type { Folder, Settings } from '../../common/settings.ts';
import { type Watcher, type WatchLimit, type WatchOptions, watchFolders } from './watchFolders.ts';

export interface FolderWatchOptions {
  readonly onChanges: WatchOptions['onChanges'];
  /** More changed than single files tell: a folder, an ignore file, lost events. */
  readonly onRescan: () => void;
  readonly log: (message: string, level?: 'info' | 'warning') => void;
  /** Told once, however often folders and settings change. */
  readonly onLimit: WatchOptions['onLimit'];
}

/** Keeps one watcher on the current folders and settings. */
export class FolderWatch {
  readonly #options: FolderWatchOptions;
  #watcher: Watcher | undefined;
  #starting: Promise<void> = Promise.resolve();
  #isClosed = false;
  #links: readonly string[] = [];
  #isLimitTold = false;

  constructor(options: FolderWatchOptions) {
    this.#options = options;
  }

  /** Watches these folders from now on, and no others; nothing once it is closed. */
  start(folders: readonly Folder[], settings: Settings): Promise<void> {
    this.#starting = this.#starting.then(() => this.#restart(folders, settings));
    return this.#starting;
  }

  /** Looks after the targets of these links, with whatever is watched. */
  followLinks(paths: readonly string[]): void {
    this.#links = paths;
    this.#starting = this.#starting.then(() => this.#watcher?.followLinks(paths));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#starting;
    await this.#watcher?.close();
    this.#watcher = undefined;
  }

  async #restart(folders: readonly Folder[], settings: Settings): Promise<void> {
    if (this.#isClosed) {
      return;
    }
    await this.#watcher?.close();
    const { onChanges, onRescan, log } = this.#options;
    const onLimit = (limit: WatchLimit) => this.#tellLimit(limit);
    this.#watcher = await watchFolders({ folders, settings, onChanges, onRescan, log, onLimit });
    await this.#watcher.followLinks(this.#links);
  }

  #tellLimit(limit: WatchLimit): void {
    if (!this.#isLimitTold) {
      this.#isLimitTold = true;
      this.#options.onLimit(limit);
    }
  }
}
