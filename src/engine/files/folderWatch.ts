import type { Folder, Settings } from '../../common/settings.ts';
import { type Watcher, type WatchOptions, watchFolders } from './watchFolders.ts';

export interface FolderWatchOptions {
  readonly onChanges: WatchOptions['onChanges'];
  /** More changed than single files tell: a folder, an ignore file, lost events. */
  readonly onRescan: () => void;
  readonly log: (message: string, level?: 'info' | 'warning') => void;
}

/** Keeps one watcher on the current folders and settings. */
export class FolderWatch {
  readonly #options: FolderWatchOptions;
  #watcher: Watcher | undefined;
  #starting: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: FolderWatchOptions) {
    this.#options = options;
  }

  /** Watches these folders from now on, and no others; nothing once it is closed. */
  start(folders: readonly Folder[], settings: Settings): Promise<void> {
    this.#starting = this.#starting.then(() => this.#restart(folders, settings));
    return this.#starting;
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
    this.#watcher = await watchFolders({ folders, settings, onChanges, onRescan, log });
  }
}
