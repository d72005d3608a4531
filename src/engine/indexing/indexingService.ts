import { constants, setPriority } from 'node:os';
import type { Scope } from '../../common/scope.ts';
import type { Folder, Settings } from '../../common/settings.ts';
import { Throttle } from '../../common/throttle.ts';
import type { WatchedFile } from '../files/changeBatch.ts';
import { badGlobs } from '../files/folderFilter.ts';
import { FolderWatch } from '../files/folderWatch.ts';
import { type PassedOver, PassedOverCounts, passedOverSchema } from '../files/passedOver.ts';
import type { WatchLimit } from '../files/watchFolders.ts';
import type { LibraryChange } from '../library/libraryChange.ts';
import { requireWriter } from '../library/libraryService.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import { indexingRateKey, passedOverKey } from '../library/metaTable.ts';
import type { ThumbnailCache } from '../library/thumbnailCache.ts';
import type { WriterLock } from '../library/writerLock.ts';
import type { ModelManager } from '../models/modelManager.ts';
import type { ImageProcessor } from './imageProcessor.ts';
import { Indexer } from './indexer.ts';
import { LibraryWriter } from './libraryWriter.ts';
import type { Progress } from './progress.ts';
import { sweepThumbnails } from './sweepThumbnails.ts';
import { countFiles } from './workList.ts';

export interface IndexingServiceOptions {
  readonly scope: Scope;
  readonly store: LibraryStore;
  readonly writerLock: WriterLock;
  readonly models: ModelManager;
  readonly processor: ImageProcessor;
  readonly thumbnails: ThumbnailCache;
  readonly folders: readonly Folder[];
  readonly settings: Settings;
  /** Whether the folders are watched and re-indexed as they change. */
  readonly watch: boolean;
  /** Whether indexing begins at once, or waits for `start`. */
  readonly autoStart: boolean;
  readonly previousExit: PreviousExit;
  readonly onProgress: (progress: Progress) => void;
  /** The system watches no more folders; told once. */
  readonly onWatchLimit: (limit: WatchLimit) => void;
  /** The indexer wrote something that searches must know. */
  readonly onChange: (change: LibraryChange) => void;
  /** Everything is indexed with the current models. */
  readonly onComplete: () => Promise<void>;
  readonly log: (message: string, level?: 'debug' | 'info' | 'warning') => void;
}

/**
 * How the engine before this one ended, as its parent saw it: by itself or never (`ended`), by a
 * signal from outside (`killed`), or by a fault of its own (`crashed`).
 */
export type PreviousExit = 'ended' | 'killed' | 'crashed';

/** Images a second and core that are indexed on usual processors, where nothing was measured yet. */
const usualRate = 2;

/** Each notification costs the extension host a few milliseconds. */
const progressIntervalMs = 250;

/**
 * How often a process may end while a file is in work until the file is quarantined: one more time
 * where somebody killed the last process than where it crashed.
 */
const crashesToQuarantine = { crashed: 2, killed: 3, ended: 3 } as const;

/** The processor time that the engine takes beside the editor. */
const priorities: Readonly<Record<Settings['speed'], number>> = {
  background: constants.priority.PRIORITY_LOW,
  balanced: constants.priority.PRIORITY_BELOW_NORMAL,
  fast: constants.priority.PRIORITY_NORMAL,
};

/** Keeps the library in step with its folders, where this process holds the writer lock. */
export class IndexingService {
  readonly #options: IndexingServiceOptions;
  readonly #writer: LibraryWriter;
  readonly #indexer: Indexer;
  readonly #watch: FolderWatch;
  readonly #progress: Throttle;
  #folders: readonly Folder[];
  #settings: Settings;
  /** Whether indexing was begun: nothing is indexed before somebody says so. */
  #begun: boolean;

  constructor(options: IndexingServiceOptions) {
    const { store, models, processor, log } = options;
    this.#options = options;
    this.#folders = options.folders;
    this.#settings = options.settings;
    this.#begun = options.autoStart;
    const modelRevision = models.revision;
    this.#writer = new LibraryWriter({ store, modelRevision, onChange: options.onChange });
    this.#indexer = new Indexer({
      store,
      writer: this.#writer,
      processor,
      modelRevision,
      concurrency: () => models.concurrency(),
      folders: () => this.#folders,
      settings: () => this.#settings,
      crashesToQuarantine: crashesToQuarantine[options.previousExit],
      onProgress: () => this.#progress.request(),
      onPurged: async (hashes) => {
        await options.thumbnails.delete(hashes);
        await sweepThumbnails(store, options.thumbnails);
      },
      onLinks: (paths) => this.#watch.followLinks(paths),
      onComplete: options.onComplete,
      signal: options.scope.signal,
      log,
    });
    this.#watch = new FolderWatch({
      onChanges: (changes) => {
        if (this.#begun) {
          this.#indexer.indexChanges(changes);
        }
      },
      onRescan: () => this.#indexWhatIsNew(),
      log,
      onLimit: options.onWatchLimit,
    });
    this.#progress = new Throttle(progressIntervalMs, () => options.onProgress(this.progress));
    this.#applySpeed();
  }

  get progress(): Progress {
    return this.#indexer.progress;
  }

  get isRunning(): boolean {
    return this.#indexer.isRunning;
  }

  /** What the last scan of everything left out. */
  get passedOver(): PassedOver {
    const kept = this.#options.store.meta.get(passedOverKey);
    return kept === undefined
      ? new PassedOverCounts().counts
      : passedOverSchema.parse(JSON.parse(kept));
  }

  get folders(): readonly Folder[] {
    return this.#folders;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /**
   * Begins to follow the folders: this process holds the writer lock from now on.
   *
   * @throws AbortError, as all that waits here, where the engine is closed.
   */
  follow(): Promise<void> {
    return this.#options.scope.run(async () => {
      this.#forgetOtherFolders();
      await this.#watchFolders();
      this.#indexWhatIsNew();
    });
  }

  async setFolders(folders: readonly Folder[]): Promise<void> {
    this.#folders = folders;
    if (this.#options.writerLock.isHeld) {
      await this.follow();
    }
  }

  setSettings(settings: Settings): Promise<void> {
    const { scope, writerLock, models } = this.#options;
    return scope.run(async () => {
      const { executionProvider, speed } = this.#settings;
      this.#settings = settings;
      this.#applySpeed();
      if (executionProvider !== settings.executionProvider || speed !== settings.speed) {
        await this.#pausedWhile(() => models.configure(settings));
      }
      if (writerLock.isHeld) {
        await this.#watchFolders();
        this.#indexWhatIsNew();
      }
    });
  }

  /** @throws FamiliarError `store-readonly`, `store-locked`. */
  start({ force }: { readonly force: boolean }): void {
    this.#requireWriter();
    this.#begun = true;
    if (force) {
      this.#indexer.reindexAll();
    } else {
      this.#indexer.indexAll();
    }
  }

  pause(): void {
    this.#indexer.pause();
  }

  resume(): void {
    this.#indexer.resume();
  }

  /** Ends the current run and a reindexing; what is done stays done. */
  async cancel(): Promise<void> {
    await this.#indexer.cancel();
    this.#options.scope.signal.throwIfAborted();
    if (this.#options.writerLock.isHeld) {
      this.#options.store.reindexing.end();
    }
  }

  /** Forgets what was found out about accelerators: the next load tries them again. */
  forgetProbes(): Promise<void> {
    const { scope, models } = this.#options;
    return scope.run(() => this.#pausedWhile(() => models.forgetProbes()));
  }

  /** Tries failed files again; null means all of them. @throws FamiliarError `store-readonly`, `store-locked`. */
  retryFailures(fileIds: readonly number[] | null): void {
    this.#requireWriter();
    const { store } = this.#options;
    const wanted = fileIds && new Set(fileIds);
    const failures = store.failures.list().filter(({ id }) => wanted?.has(id) ?? true);
    store.database.transaction(() => {
      for (const { path } of failures) {
        store.failures.delete(path);
      }
    });
    this.#indexer.indexChanges({
      changed: failures.map(({ folder, path, relativePath }) => ({ folder, path, relativePath })),
      removed: [],
    });
  }

  /** Processes these files once more; whoever does not write leaves that to the one that does. */
  processAgain(files: readonly WatchedFile[]): void {
    if (files.length > 0 && this.#options.writerLock.isHeld) {
      this.#indexer.indexChanges({ changed: files, removed: [] });
    }
  }

  /**
   * How many image files the folders hold, counted no further than `limit`, and about how many seconds
   * their indexing takes.
   */
  countFiles(
    limit: number,
    signal: AbortSignal,
  ): Promise<{ readonly count: number; readonly seconds: number }> {
    const { scope, store, models } = this.#options;
    return scope.run(async (either) => {
      const count = await countFiles(this.#folders, this.#settings, limit, either);
      const measured = Number(store.meta.get(indexingRateKey) ?? '0');
      const rate = measured > 0 ? measured : usualRate * models.concurrency().decoders;
      return { count, seconds: count / rate };
    }, signal);
  }

  /** Resolves when nothing is left to index. */
  settled(): Promise<void> {
    return this.#indexer.settled();
  }

  /** Tells at once of progress that is still to be told. */
  flushProgress(): void {
    this.#progress.flush();
  }

  /** Ends all work after the images in work. */
  async close(): Promise<void> {
    this.#progress.dispose();
    await this.#watch.close();
    await this.#indexer.cancel();
  }

  #requireWriter(): void {
    requireWriter(this.#options.store, this.#options.writerLock);
  }

  #indexWhatIsNew(): void {
    if (this.#begun) {
      this.#indexer.indexAll();
    }
  }

  #applySpeed(): void {
    try {
      setPriority(priorities[this.#settings.speed]);
    } catch (error) {
      // Raising the priority again needs a right that few processes have; the work goes on.
      this.#options.log(`The process priority stays as it is: ${String(error)}`, 'debug');
    }
  }

  #forgetOtherFolders(): void {
    const { store } = this.#options;
    const wanted = new Set(this.#folders.map(({ id }) => id));
    for (const folder of store.files.listFolders()) {
      if (!wanted.has(folder)) {
        this.#writer.deleteFolder(folder);
      }
    }
  }

  async #watchFolders(): Promise<void> {
    this.#nameBadGlobs();
    if (this.#options.watch) {
      await this.#watch.start(this.#folders, this.#settings);
      this.#options.scope.signal.throwIfAborted();
    }
  }

  #nameBadGlobs(): void {
    const bad = badGlobs(this.#settings);
    if (bad.length > 0) {
      const names = bad.map((glob) => JSON.stringify(glob)).join(', ');
      this.#options.log(
        `Globs in the settings that mean nothing are ignored: ${names}.`,
        'warning',
      );
    }
  }

  async #pausedWhile(work: () => Promise<void>): Promise<void> {
    const { isRunning } = this.#indexer;
    await this.#indexer.cancel();
    await work();
    this.#options.scope.signal.throwIfAborted();
    if (isRunning) {
      this.#indexer.indexAll();
    }
  }
}
