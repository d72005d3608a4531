import { mkdir } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FamiliarError } from '../common/failure.ts';
import { Throttle } from '../common/throttle.ts';
import type { Dimensions } from '../common/vector.ts';
import {
  type EngineNotification,
  type EngineNotificationParams,
  type EngineParams,
  type EngineResult,
  type FailedFile,
  type Folder,
  nothingPassedOver,
  type PassedOver,
  type Progress,
  passedOverSchema,
  type QueryImage,
  type Settings,
  type SimilarParams,
  type SimilarResults,
  type Stats,
} from '../protocol/engineProtocol.ts';
import { CharactersService } from './characters/charactersService.ts';
import { collectDiagnostics } from './diagnostics/collectDiagnostics.ts';
import { DuplicateFinder } from './duplicates/duplicateFinder.ts';
import type { DuplicateGroup } from './duplicates/duplicateGroups.ts';
import { badGlobs } from './files/folderFilter.ts';
import { FolderWatch } from './files/folderWatch.ts';
import { ImageProcessor } from './indexing/imageProcessor.ts';
import { Indexer } from './indexing/indexer.ts';
import { LibraryWriter } from './indexing/libraryWriter.ts';
import { ThumbnailRestorer } from './indexing/thumbnailRestorer.ts';
import { countFiles } from './indexing/workList.ts';
import { CountsCache } from './library/countsCache.ts';
import { DatabaseWatcher } from './library/databaseWatcher.ts';
import { exportFaceMap } from './library/exportFaceMap.ts';
import type { LibraryChange } from './library/libraryChange.ts';
import { type LibraryRecord, libraryRecords } from './library/libraryRecords.ts';
import { LibraryStore } from './library/libraryStore.ts';
import { passedOverKey } from './library/metaTable.ts';
import { isCorrupt } from './library/storeError.ts';
import { ThumbnailCache } from './library/thumbnailCache.ts';
import { WriterLock } from './library/writerLock.ts';
import { ModelManager } from './models/modelManager.ts';
import { LibrarySearch, type QueryDescription } from './search/librarySearch.ts';
import { QuerySessions } from './search/querySessions.ts';
import { Revisions } from './search/revisions.ts';

export type Notify = <N extends EngineNotification>(
  notification: N,
  params: EngineNotificationParams<N>,
) => void;

export interface EngineOptions extends EngineParams<'initialize'> {
  /** Folder of the models that come along; the setting `modelsFolder` goes before it. */
  readonly bundledModels: string;
  readonly notify: Notify;
  /** The library was damaged or replaced while it was open: only a new start helps. */
  readonly onStale?: () => void;
}

// Each of these costs the extension host a few milliseconds, and a search where results are open.
const progressIntervalMs = 250;
const changedIntervalMs = 1_000;
const keptPreviews = 200;
/** How often, and after which pause, a library that turns out to be damaged is opened again. */
const openAttempts = 20;
const openPauseMs = 500;

/**
 * How many deaths of a process a file may be part of: when the engine crashed the file is
 * guilty at the second, when somebody killed it the file gets one more chance.
 */
const deathsToQuarantine = { crashed: 2, killed: 3, ended: 3 } as const;

/** The processor time that the engine takes beside the editor. */
const priorities: Readonly<Record<Settings['speed'], number>> = {
  background: constants.priority.PRIORITY_LOW,
  balanced: constants.priority.PRIORITY_BELOW_NORMAL,
  fast: constants.priority.PRIORITY_NORMAL,
};

/**
 * One library: indexes its folders and answers searches. It is the same in the process that VS
 * Code starts and in the command line. The constructor's parts are made in `open`.
 */
export class Engine {
  readonly characters: CharactersService;
  readonly #options: EngineOptions;
  readonly #store: LibraryStore;
  readonly #models: ModelManager;
  readonly #writerLock: WriterLock;
  readonly #revisions: Revisions;
  readonly #sessions: QuerySessions;
  readonly #search: LibrarySearch;
  readonly #writer: LibraryWriter;
  readonly #duplicates: DuplicateFinder;
  readonly #indexer: Indexer;
  readonly #counts: CountsCache;
  readonly #watch: FolderWatch;
  readonly #thumbnails: ThumbnailCache;
  readonly #previews: ThumbnailCache;
  readonly #restorer: ThumbnailRestorer;
  readonly #progress: Throttle;
  readonly #changed: Throttle;
  readonly #databaseWatcher: DatabaseWatcher;
  #folders: readonly Folder[];
  #settings: Settings;
  #epoch = 0;
  #closing = false;
  /** Whether indexing was begun: nothing is indexed before somebody says so. */
  #begun: boolean;

  /**
   * Opens the library and, where asked to, begins to index and watch.
   *
   * @throws FamiliarError `store-*`, `model-manifest`, `model-file`.
   */
  static async open(options: EngineOptions): Promise<Engine> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await Engine.#openOnce(options);
      } catch (error) {
        if (!isCorrupt(error) || attempt === openAttempts) {
          throw error;
        }
        // Opened again it is set aside, by this process or by the one that leads.
        await delay(attempt === 1 ? 0 : openPauseMs);
      }
    }
  }

  static async #openOnce(options: EngineOptions): Promise<Engine> {
    const log = (message: string) => options.notify('log', { level: 'info', message });
    const settings = options.settings;
    let engine: Engine | undefined;
    const models = await ModelManager.open({
      folder: settings.modelsFolder ?? options.bundledModels,
      settings: () => engine?.settings ?? settings,
      cacheFolder: join(options.storageFolder, 'providers'),
      log,
      onReport: (report) => options.notify('provider', report),
    });
    await makeFolder(options.storageFolder);
    const writerLock = new WriterLock(options.storageFolder);
    writerLock.tryAcquire();
    let store: LibraryStore | undefined;
    try {
      store = LibraryStore.open(
        options.storageFolder,
        (error) => {
          const message = `The library was damaged and is built anew (${error.message})`;
          options.notify('log', { level: 'warning', message });
        },
        { mayRebuild: writerLock.isHeld, onDamaged: (error) => engine?.onDamaged(error) },
      );
      if (store.readOnly) {
        writerLock.release();
      }
      const revisions = await Revisions.open({
        store,
        models,
        folder: join(options.storageFolder, 'index'),
        readOnly: () => !writerLock.isHeld,
        log,
      });
      engine = new Engine(options, { store, models, writerLock, revisions, log });
      await engine.#begin();
      return engine;
    } catch (error) {
      store?.close();
      writerLock.release();
      throw error;
    }
  }

  private constructor(
    options: EngineOptions,
    parts: {
      readonly store: LibraryStore;
      readonly models: ModelManager;
      readonly writerLock: WriterLock;
      readonly revisions: Revisions;
      readonly log: (message: string) => void;
    },
  ) {
    const { store, models, revisions, log } = parts;
    this.#options = options;
    this.#folders = options.folders;
    this.#settings = options.settings;
    this.#begun = options.autoStart;
    this.#store = store;
    this.#models = models;
    this.#writerLock = parts.writerLock;
    this.#revisions = revisions;
    this.#thumbnails = new ThumbnailCache(join(options.storageFolder, 'thumbnails'));
    this.#previews = new ThumbnailCache(join(options.storageFolder, 'previews'));
    const processor = new ImageProcessor({
      models,
      thumbnails: this.#thumbnails,
      maxPixels: () => this.#settings.maxPixels,
    });
    this.#restorer = new ThumbnailRestorer({
      thumbnails: this.#thumbnails,
      processor,
      onRestored: () => this.#libraryChanged(),
    });
    this.#sessions = new QuerySessions({
      store,
      processor,
      previews: this.#previews,
      revisions: () => revisions.searched,
      modelRevision: models.revision,
      onChange: (change) => this.#onWrite(change),
    });
    this.#search = new LibrarySearch({
      store,
      revisions,
      sessions: this.#sessions,
      thumbnails: this.#thumbnails,
      restoreThumbnail: (hash, paths) => {
        if (!store.readOnly) {
          this.#restorer.restore(hash, paths);
        }
      },
      calibration: models.manifest.calibration,
    });
    this.#writer = new LibraryWriter({
      store,
      modelRevision: models.revision,
      onChange: (change) => this.#onWrite(change),
    });
    this.#duplicates = new DuplicateFinder({
      store,
      revision: () => revisions.active,
      thumbnails: this.#thumbnails,
      decode: (bytes, signal) => processor.decode(bytes, signal),
    });
    this.characters = new CharactersService({
      store,
      revision: () => revisions.active,
      thumbnails: this.#thumbnails,
      restorer: this.#restorer,
      epoch: { value: () => this.#epoch, advance: () => this.#libraryChanged() },
      isIndexing: () => this.#indexer.isRunning,
      probability: (cosine) => this.#search.probability(cosine),
      log: (message) => options.notify('log', { level: 'warning', message }),
    });
    this.#indexer = new Indexer({
      store,
      writer: this.#writer,
      processor,
      modelRevision: models.revision,
      concurrency: () => models.concurrency(),
      folders: () => this.#folders,
      settings: () => this.#settings,
      deathsToQuarantine: deathsToQuarantine[options.previousExit ?? 'ended'],
      onProgress: () => this.#progress.request(),
      onPurged: (hashes) => this.#thumbnails.delete(hashes),
      onComplete: () => this.#onComplete(),
      log,
    });
    this.#counts = new CountsCache({
      count: () => store.counts(revisions.active.modelRevision),
    });
    this.#watch = new FolderWatch({
      onChanges: (changes) => {
        if (this.#begun) {
          this.#indexer.indexChanges(changes);
        }
      },
      onRescan: () => this.#indexWhatIsNew(),
      log: (message, level = 'info') => options.notify('log', { level, message }),
    });
    this.#progress = new Throttle(progressIntervalMs, () =>
      options.notify('progress', this.progress()),
    );
    this.#changed = new Throttle(changedIntervalMs, () =>
      options.notify('changed', { epoch: this.#epoch }),
    );
    this.#databaseWatcher = new DatabaseWatcher({
      store,
      writerLock: parts.writerLock,
      onChanged: (leads) => this.#takeOver(leads),
      onStale: () => options.onStale?.(),
      log: (level, message) => options.notify('log', { level, message }),
    });
  }

  /** The fusion weight that the models were found to be best with. */
  get defaultWeight(): number {
    return this.#models.manifest.fusion.defaultWeight;
  }

  get settings(): Settings {
    return this.#settings;
  }

  progress(): Progress {
    return this.#indexer.progress;
  }

  /** Damage was met in the library; nothing it answers can be relied on any more. */
  onDamaged(error: FamiliarError): void {
    this.#databaseWatcher.reportStale(`The library is damaged (${error.message})`);
  }

  async setFolders(folders: readonly Folder[]): Promise<void> {
    this.#folders = folders;
    if (this.#writerLock.isHeld) {
      this.#forgetOtherFolders();
      await this.#watchFolders();
      this.#indexWhatIsNew();
    }
  }

  async setSettings(settings: Settings): Promise<void> {
    const before = this.#settings;
    this.#settings = settings;
    this.#applySpeed();
    const needsModels =
      before.executionProvider !== settings.executionProvider || before.speed !== settings.speed;
    if (needsModels) {
      await this.#pausedWhile(() => this.#models.reload());
    }
    if (this.#writerLock.isHeld) {
      await this.#watchFolders();
      this.#indexWhatIsNew();
    }
  }

  startIndexing({ force }: EngineParams<'index/start'>): void {
    this.#requireLeader();
    this.#begun = true;
    if (force) {
      this.#indexer.reindexAll();
    } else {
      this.#indexer.indexAll();
    }
  }

  pauseIndexing(): void {
    this.#indexer.pause();
  }

  resumeIndexing(): void {
    this.#indexer.resume();
  }

  async cancelIndexing(): Promise<void> {
    await this.#indexer.cancel();
    if (this.#writerLock.isHeld) {
      this.#store.reindexing.end();
    }
  }

  /** Resolves when nothing is left to index. */
  async settled(): Promise<void> {
    await this.#indexer.settled();
    await this.#revisions.settled();
    this.#progress.flush();
    this.#changed.flush();
  }

  /** Whether no file of the folders has been indexed. */
  get isEmpty(): boolean {
    return this.#store.files.countIndexed(this.#revisions.active.modelRevision) === 0;
  }

  /** What the last scan of everything left out. */
  get passedOver(): PassedOver {
    const kept = this.#store.meta.get(passedOverKey);
    return kept === undefined ? nothingPassedOver : passedOverSchema.parse(JSON.parse(kept));
  }

  get storageFolder(): string {
    return this.#options.storageFolder;
  }

  async stats(): Promise<Stats> {
    return {
      ...this.#counts.read(this.#epoch, this.#indexer.isRunning),
      passedOver: this.passedOver,
      databaseBytes: this.#store.sizeBytes(),
      indexBytes: this.#revisions.sizeBytes(),
      thumbnailBytes: (await this.#thumbnails.sizeBytes()) + (await this.#previews.sizeBytes()),
      model: { name: this.#models.manifest.name, revision: this.#models.manifest.revision },
      provider: this.#models.report,
      search: this.#revisions.active.kind,
      storageFolder: this.#options.storageFolder,
      readOnly: this.#store.readOnly,
    };
  }

  failures(): FailedFile[] {
    return this.#store.failures.list().map((failure) => ({
      fileId: failure.id,
      path: failure.path,
      relativePath: failure.relativePath,
      code: failure.code,
      message: failure.message,
      remedy: failure.remedy,
      attempts: failure.attempts,
      quarantined: failure.quarantined,
    }));
  }

  retryFailures({ fileIds }: EngineParams<'failures/retry'>): void {
    this.#requireLeader();
    const wanted = fileIds && new Set(fileIds);
    const failures = this.#store.failures.list().filter(({ id }) => wanted?.has(id) ?? true);
    this.#store.database.transaction(() => {
      for (const { path } of failures) {
        this.#store.failures.delete(path);
      }
    });
    this.#indexer.indexChanges({
      changed: failures.map(({ folder, path, relativePath }) => ({ folder, path, relativePath })),
      removed: [],
    });
  }

  async countFiles(
    { limit }: EngineParams<'files/count'>,
    signal: AbortSignal,
  ): Promise<EngineResult<'files/count'>> {
    return { count: await countFiles(this.#folders, this.#settings, limit, signal) };
  }

  openQuery({ source }: EngineParams<'query/open'>, signal: AbortSignal): Promise<QueryImage> {
    return this.#sessions.open(source, signal);
  }

  addFace(
    { queryId, box }: EngineParams<'query/addFace'>,
    signal: AbortSignal,
  ): Promise<QueryImage> {
    return this.#sessions.addFace(queryId, box, signal);
  }

  removeFace(
    { queryId, faceId }: EngineParams<'query/removeFace'>,
    signal: AbortSignal,
  ): Promise<QueryImage> {
    return this.#sessions.removeFace(queryId, faceId, signal);
  }

  async similar(params: SimilarParams, signal: AbortSignal): Promise<SimilarResults> {
    const partial = this.#indexer.isRunning;
    return { ...(await this.#search.find(params, this.#epoch, signal)), partial };
  }

  /** The vectors of an open query, to search another store by. */
  describeQuery(query: SimilarParams['queries'][number]): QueryDescription {
    return this.#search.describe(query);
  }

  /** The probability that two faces of this cosine similarity are the same character. */
  probability(cosine: number): number {
    return this.#search.probability(cosine);
  }

  /** All images that files show, with their faces and vectors, to copy into another store. */
  records(): {
    readonly modelRevision: string;
    readonly dimensions: Dimensions;
    readonly pages: Iterable<readonly LibraryRecord[]>;
  } {
    const { modelRevision, dimensions } = this.#revisions.active;
    const pages = libraryRecords(this.#store, modelRevision, dimensions);
    return { modelRevision, dimensions, pages };
  }

  reject(params: EngineParams<'query/reject'>): void {
    this.#search.reject(params);
    this.#libraryChanged();
  }

  /**
   * Groups of files that show one picture; see `DuplicateFinder`.
   *
   * @throws FamiliarError `store-*`; AbortError.
   */
  duplicates(signal: AbortSignal): Promise<DuplicateGroup[]> {
    return this.#duplicates.find(signal);
  }

  export(params: EngineParams<'export'>, signal: AbortSignal): Promise<EngineResult<'export'>> {
    const source = {
      store: this.#store,
      modelRevision: this.#revisions.active.modelRevision,
      folders: this.#folders,
    };
    return exportFaceMap(source, params, signal);
  }

  /** Forgets what was found out about accelerators: the next load tries them again. */
  forgetProbes(): Promise<void> {
    return this.#pausedWhile(() => this.#models.forgetProbes());
  }

  doctor(): Promise<EngineResult<'doctor'>> {
    return collectDiagnostics({
      store: this.#store,
      models: this.#models,
      writerLock: this.#writerLock,
      search: this.#revisions.active,
      folders: this.#folders,
      storageFolder: this.#options.storageFolder,
    });
  }

  /** Ends all work after the images in work, and closes the library. */
  async close(): Promise<void> {
    if (this.#closing) {
      return;
    }
    this.#closing = true;
    this.#databaseWatcher.close();
    // What is to be indexed may wait for models, and those for the probe of an accelerator.
    this.#models.stopLoading();
    this.#progress.dispose();
    this.#changed.dispose();
    await this.#watch.close();
    await this.#indexer.cancel();
    this.#search.close();
    await this.characters.close();
    await this.#restorer.close();
    await this.#revisions.close();
    await this.#models.close();
    this.#store.close();
    this.#writerLock.release();
  }

  async #begin(): Promise<void> {
    this.#applySpeed();
    if (this.#writerLock.isHeld) {
      await this.#lead();
    }
  }

  async #lead(): Promise<void> {
    this.#forgetOtherFolders();
    await this.#previews.keepNewest(keptPreviews);
    await this.#watchFolders();
    this.#indexWhatIsNew();
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
      const message = `The process priority stays as it is: ${String(error)}`;
      this.#options.notify('log', { level: 'debug', message });
    }
  }

  #requireLeader(): void {
    if (!this.#writerLock.isHeld) {
      if (this.#writerLock.obstacle !== undefined) {
        throw this.#writerLock.obstacle;
      }
      throw new FamiliarError(
        this.#store.readOnly ? 'store-readonly' : 'store-locked',
        'Expected a library that this process may write.',
        {
          remedy: this.#store.readOnly
            ? 'Make the library folder writable.'
            : 'Another window indexes this library; ask there.',
        },
      );
    }
  }

  #forgetOtherFolders(): void {
    const wanted = new Set(this.#folders.map(({ id }) => id));
    for (const folder of this.#store.files.listFolders()) {
      if (!wanted.has(folder)) {
        this.#writer.deleteFolder(folder);
      }
    }
  }

  async #watchFolders(): Promise<void> {
    this.#nameBadGlobs();
    if (this.#options.watch) {
      await this.#watch.start(this.#folders, this.#settings);
    }
  }

  #nameBadGlobs(): void {
    const bad = badGlobs(this.#settings);
    if (bad.length > 0) {
      const names = bad.map((glob) => JSON.stringify(glob)).join(', ');
      const message = `Globs in the settings that mean nothing are ignored: ${names}.`;
      this.#options.notify('log', { level: 'warning', message });
    }
  }

  async #pausedWhile(work: () => Promise<void>): Promise<void> {
    const { isRunning } = this.#indexer;
    await this.#indexer.cancel();
    await work();
    if (isRunning) {
      this.#indexer.indexAll();
    }
  }

  #onWrite(change: LibraryChange): void {
    this.#revisions.apply(change);
    this.#libraryChanged();
  }

  /** Everything is indexed with the current models: older vectors have done their service. */
  async #onComplete(): Promise<void> {
    await this.#revisions.activateCurrent();
    this.#sessions.dropOtherRevisions(
      new Set(this.#revisions.searched.map(({ modelRevision }) => modelRevision)),
    );
    this.#libraryChanged();
  }

  #libraryChanged(): void {
    this.#epoch++;
    this.#changed.request();
  }

  async #takeOver(leads: boolean): Promise<void> {
    await this.#revisions.refresh();
    this.#libraryChanged();
    if (leads) {
      await this.#lead();
    }
  }
}

/** A folder that cannot be made is found to be read-only, or reported, when the store is opened. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch(() => undefined);
}
