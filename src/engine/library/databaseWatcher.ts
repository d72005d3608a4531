import { isAbort } from '../../common/failure.ts';
import type { LibraryStore } from './libraryStore.ts';
import type { WriterLock } from './writerLock.ts';

export interface DatabaseWatcherOptions {
  readonly store: LibraryStore;
  readonly writerLock: WriterLock;
  /** Another process wrote the library; `takesOver` where this one is to index from now on. */
  readonly onChanged: (takesOver: boolean) => Promise<void>;
  /** The library was damaged or replaced while it was open: only a new start helps. Told once. */
  readonly onStale: () => void;
  readonly log: (level: 'warning', message: string) => void;
}

/** How often each process checks for changes by others, and a reader whether the writer lock is still held. */
const intervalMs = 1_000;

/** Looks at what other processes, and the disk, did to the library that is open here. */
export class DatabaseWatcher {
  readonly #options: DatabaseWatcherOptions;
  readonly #timer: NodeJS.Timeout;
  /** What was last read; unknown at first where a leader may have written before. */
  #dataVersion: number | undefined;
  /** Whether this process indexes. */
  #leads: boolean;
  #isReading = false;
  #isStale = false;

  constructor(options: DatabaseWatcherOptions) {
    this.#options = options;
    this.#leads = options.writerLock.isHeld;
    this.#dataVersion = this.#leads ? options.store.openedVersion : undefined;
    this.#timer = setInterval(() => this.#look(), intervalMs);
    this.#timer.unref();
  }

  /** Nothing that the library answers can be relied on any more. */
  reportStale(why: string): void {
    if (!this.#isStale) {
      this.#isStale = true;
      this.close();
      this.#options.log('warning', `${why}: the engine starts anew`);
      this.#options.onStale();
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    try {
      if (this.#options.store.isStale()) {
        this.reportStale('The library was replaced or is damaged');
      } else {
        this.#follow();
      }
    } catch (error) {
      // The disk or another process is in the way for a moment: the next look is a second away.
      this.#options.log('warning', `The library could not be looked at: ${String(error)}`);
    }
  }

  #follow(): void {
    const { store, writerLock, onChanged, log } = this.#options;
    if (this.#isReading || store.readOnly) {
      return;
    }
    // Whoever does not index writes what people decide there; it counts in every other window.
    const version = store.database.dataVersion();
    const takesOver = !this.#leads && writerLock.tryAcquire();
    if (version === this.#dataVersion && !takesOver) {
      return;
    }
    this.#isReading = true;
    onChanged(takesOver)
      .then(() => {
        this.#dataVersion = version;
        this.#leads ||= takesOver;
      })
      .catch((error: unknown) => {
        if (isAbort(error)) {
          return;
        }
        // It stays unread, and is tried again at the next look.
        log('warning', `What another window wrote could not be read: ${String(error)}`);
      })
      .finally(() => {
        this.#isReading = false;
      });
  }
}
