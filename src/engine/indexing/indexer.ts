import { stat } from 'node:fs/promises';
import { type Failure, FamiliarError, isAbort, toFailure } from '../../common/failure.ts';
import type { Folder, Settings } from '../../common/settings.ts';
import type { WatchedChanges, WatchedFile } from '../files/changeBatch.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import { indexingRateKey } from '../library/metaTable.ts';
import type { CrashCount } from '../library/workJournal.ts';
import type { Concurrency } from '../models/modelManager.ts';
import type { ImageProcessor } from './imageProcessor.ts';
import { IndexRun, type RunCounts } from './indexRun.ts';
import { keepOrphansMs } from './keepOrphans.ts';
import type { LibraryWriter } from './libraryWriter.ts';
import { PauseGate } from './pauseGate.ts';
import type { Progress } from './progress.ts';
import { RateMeter } from './rateMeter.ts';
import { listWork, type WorkItem } from './workList.ts';

/** A run of fewer images says little about how fast many are indexed. */
const leastForRate = 50;

export interface IndexerOptions {
  readonly store: LibraryStore;
  readonly writer: LibraryWriter;
  readonly processor: ImageProcessor;
  readonly modelRevision: string;
  readonly concurrency: () => Concurrency;
  readonly folders: () => readonly Folder[];
  readonly settings: () => Settings;
  /** Crashes after which a file is quarantined; see `WorkJournal`. */
  readonly crashesToQuarantine: number;
  readonly onProgress: (progress: Progress) => void;
  /** These contents are forgotten: no file has shown them for long. */
  readonly onPurged: (contentHashes: readonly string[]) => Promise<void>;
  /** Links to image files that a scan of all folders met. */
  readonly onLinks: (paths: readonly string[]) => void;
  /** All files of all folders are indexed (or failed) at this moment. */
  readonly onComplete: () => Promise<void>;
  /** Nothing is begun once it is aborted. */
  readonly signal: AbortSignal;
  readonly log: (message: string) => void;
}

interface Job {
  all: boolean;
  readonly changed: Map<string, WatchedFile>;
  readonly removed: Set<string>;
}

function emptyJob(): Job {
  return { all: false, changed: new Map(), removed: new Set() };
}

/**
 * Runs indexing jobs one after another; what is asked for during a run is joined into one next
 * job, so that a thousand changes are one run and not a thousand.
 */
export class Indexer {
  readonly #options: IndexerOptions;
  readonly #gate = new PauseGate();
  readonly #rate = new RateMeter();
  #crashCounts: CrashCount[] | undefined;
  #next = emptyJob();
  #running: Promise<void> | undefined;
  #abort = new AbortController();
  #phase: Progress['phase'] = 'idle';
  #failure: Failure | null = null;
  #interrupted = false;
  #counts: RunCounts = { done: 0, faces: 0, failures: 0 };
  #total = 0;

  constructor(options: IndexerOptions) {
    this.#options = options;
  }

  get progress(): Progress {
    const rate = this.#rate.perSecond();
    const left = this.#total - this.#counts.done;
    return {
      phase: this.#gate.isClosed && this.#running !== undefined ? 'paused' : this.#phase,
      ...this.#counts,
      total: this.#total,
      imagesPerSecond: rate,
      remainingSeconds: rate !== null && rate > 0 ? left / rate : null,
      interrupted: this.#interrupted,
      failure: this.#failure,
    };
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Scans all folders and indexes what is new, and what a reindexing has left to do. */
  indexAll(): void {
    this.#next.all = true;
    this.#start();
  }

  /** Processes everything again. @throws FamiliarError `store-…` where that cannot be noted. */
  reindexAll(): void {
    this.#options.store.reindexing.begin();
    this.indexAll();
  }

  indexChanges(changes: WatchedChanges): void {
    for (const file of changes.changed) {
      this.#next.changed.set(file.path, file);
      this.#next.removed.delete(file.path);
    }
    for (const path of changes.removed) {
      this.#next.removed.add(path);
      this.#next.changed.delete(path);
    }
    this.#start();
  }

  pause(): void {
    this.#gate.close();
    this.#report();
  }

  resume(): void {
    this.#gate.open();
    this.#rate.reset();
    if (this.#phase === 'failed') {
      this.indexAll();
    }
    this.#report();
  }

  /**
   * Ends the current run and forgets what waits; what is done stays done, and a reindexing goes on
   * with the next scan.
   */
  async cancel(): Promise<void> {
    this.#next = emptyJob();
    this.#abort.abort();
    await this.settled();
  }

  /** Resolves when nothing is in work and nothing waits. Never rejects: see `progress.failure`. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) {
      await this.#running;
    }
  }

  #start(): void {
    if (this.#options.signal.aborted) {
      return;
    }
    this.#running ??= this.#runJobs().finally(() => {
      this.#running = undefined;
      this.#report();
    });
  }

  async #runJobs(): Promise<void> {
    while (this.#next.all || this.#next.changed.size > 0 || this.#next.removed.size > 0) {
      const job = this.#next;
      this.#next = emptyJob();
      this.#abort = new AbortController();
      this.#failure = null;
      try {
        await this.#runJob(job, this.#abort.signal);
        this.#phase = 'idle';
      } catch (error) {
        if (isAbort(error)) {
          this.#interrupted = true;
          this.#phase = 'idle';
        } else {
          this.#failure = toFailure(error);
          this.#phase = 'failed';
          this.#options.log(`Indexing stopped: ${this.#failure.message}`);
        }
      }
    }
  }

  async #runJob(job: Job, signal: AbortSignal): Promise<void> {
    const { store, writer, modelRevision, folders, settings, onPurged, onComplete } = this.#options;
    this.#enter('scanning');
    this.#crashCounts ??= store.journal.takeCrashCounts();
    const redoUpTo = job.all ? store.reindexing.upTo : null;
    let items: WorkItem[];
    let gone = [...job.removed];
    if (job.all) {
      const list = await listWork({
        store,
        folders: folders(),
        settings: settings(),
        modelRevision,
        redoUpTo,
        signal,
      });
      writer.saveFailedScans(list.failed);
      writer.savePassedOver(list.passedOver.counts);
      this.#options.onLinks(list.links);
      items = list.items;
      gone = list.gone;
    } else {
      items = await stampFiles([...job.changed.values()], gone);
    }
    this.#total = items.length;
    this.#enter('indexing');
    await this.#processItems(items, redoUpTo ?? 0, signal);
    // After the new files, so that a moved one is known by its content before its old place goes.
    if (gone.length > 0) {
      writer.deleteFiles(gone);
    }
    if (job.all) {
      if (redoUpTo !== null) {
        store.reindexing.end(redoUpTo);
      }
      await onPurged(store.images.purgeOrphans(Date.now(), keepOrphansMs));
      store.fingerprints.deleteUnused();
      this.#rememberRate();
      await onComplete();
      this.#interrupted = false;
    }
  }

  async #processItems(items: WorkItem[], redoUpTo: number, signal: AbortSignal): Promise<void> {
    const { store, writer, processor } = this.#options;
    const run = new IndexRun({
      store,
      writer,
      processor,
      gate: this.#gate,
      redoUpTo,
      signal,
      counts: this.#counts,
      onCounts: () => this.#countsChanged(),
    });
    const counts = new Map(this.#crashCounts?.map(({ path, crashes }) => [path, crashes]));
    this.#crashCounts = [];
    const alone = items.filter(({ path }) => counts.has(path));
    const rest = items.filter(({ path }) => !counts.has(path));
    const toTry = alone.filter((item) => !this.#quarantine(item, counts.get(item.path) ?? 0));
    for (const path of counts.keys()) {
      // What is no longer there, or indexed after all, is not tried.
      if (!alone.some((item) => item.path === path)) {
        store.journal.end(path);
      }
    }
    for (const item of toTry) {
      // A run of its own: stages that overlap would put the next of them beside it.
      await run.process([item], () => ({ decoders: 1, streams: 1, batchSize: 1 }));
    }
    await run.process(rest, this.#options.concurrency);
  }

  /** What the next large folder takes is estimated by how fast this one was. */
  #rememberRate(): void {
    const rate = this.#rate.perSecond();
    if (rate !== null && this.#counts.done >= leastForRate) {
      this.#options.store.meta.set(indexingRateKey, rate.toFixed(3));
    }
  }

  /** Whether the engine died on the file too often to try it again by itself. */
  #quarantine(item: WorkItem, crashes: number): boolean {
    if (crashes < this.#options.crashesToQuarantine) {
      return false;
    }
    const error = new FamiliarError(
      'image-crashed',
      `The engine ended unexpectedly ${crashes} times while it processed this file.`,
      { remedy: 'Try it again with Retry; if it fails once more, please report it.' },
    );
    this.#options.writer.saveFailure(item, error, true);
    this.#counts.failures++;
    this.#counts.done++;
    return true;
  }

  #enter(phase: Progress['phase']): void {
    this.#phase = phase;
    if (phase === 'scanning') {
      this.#counts = { done: 0, faces: 0, failures: 0 };
      this.#total = 0;
      this.#rate.reset();
    }
    this.#report();
  }

  #countsChanged(): void {
    this.#rate.mark(this.#counts.done);
    this.#report();
  }

  #report(): void {
    this.#options.onProgress(this.progress);
  }
}

/** The files as they are on disk now; those that are gone again join `gone`. */
async function stampFiles(files: Iterable<WatchedFile>, gone: string[]): Promise<WorkItem[]> {
  const items: WorkItem[] = [];
  for (const file of files) {
    try {
      const { size: sizeBytes, mtimeMs, ctimeMs } = await stat(file.path);
      items.push({ ...file, sizeBytes, mtimeMs, ctimeMs });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        gone.push(file.path);
      } else {
        // Reading it will fail for the same reason, and record that reason.
        items.push({ ...file, sizeBytes: 0, mtimeMs: 0, ctimeMs: 0 });
      }
    }
  }
  return items;
}
