import { join } from 'node:path';
import { charactersFilePath } from './characters/charactersFileSync.ts';
import { CharactersService } from './characters/charactersService.ts';
import { DiagnosticsService } from './diagnostics/diagnosticsService.ts';
import { DuplicateFinder } from './duplicates/duplicateFinder.ts';
import {
  type EngineOptions,
  type EngineParts,
  openParts,
  retryWhileDamaged,
} from './engineParts.ts';
import { ImageProcessor } from './indexing/imageProcessor.ts';
import { IndexingService } from './indexing/indexingService.ts';
import { ThumbnailRestorer } from './indexing/thumbnailRestorer.ts';
import { DatabaseWatcher } from './library/databaseWatcher.ts';
import { DecisionService } from './library/decisionService.ts';
import type { LibraryChange } from './library/libraryChange.ts';
import { LibraryEpoch } from './library/libraryEpoch.ts';
import { LibraryService } from './library/libraryService.ts';
import { ThumbnailCache } from './library/thumbnailCache.ts';
import { LibrarySearch } from './search/librarySearch.ts';
import { QuerySessions } from './search/querySessions.ts';

/**
 * One library: indexes its folders and answers searches. It is the same in the process that VS
 * Code starts and in the command line. It only puts the rooms together, opens and closes them;
 * what they are asked is asked of its services.
 */
export class Engine {
  readonly library: LibraryService;
  readonly indexing: IndexingService;
  readonly queries: QuerySessions;
  readonly search: LibrarySearch;
  readonly characters: CharactersService;
  readonly duplicates: DuplicateFinder;
  /** What people decided. */
  readonly decisions: DecisionService;
  readonly diagnostics: DiagnosticsService;
  readonly #parts: EngineParts;
  readonly #epoch: LibraryEpoch;
  readonly #previews: ThumbnailCache;
  readonly #restorer: ThumbnailRestorer;
  readonly #databaseWatcher: DatabaseWatcher;

  /**
   * Opens the library and, where asked to, begins to index and watch.
   *
   * @throws FamiliarError `store-*`, `model-manifest`, `model-file`.
   */
  static open(options: EngineOptions): Promise<Engine> {
    return retryWhileDamaged(async () => {
      let engine: Engine | undefined;
      const parts = await openParts(options, (error) => engine?.onDamaged(error));
      engine = new Engine(options, parts);
      try {
        await engine.#begin();
        return engine;
      } catch (error) {
        await engine.close();
        throw error;
      }
    });
  }

  private constructor(options: EngineOptions, parts: EngineParts) {
    const { scope, log, store, models, writerLock, revisions } = parts;
    const { storageFolder } = options;
    this.#parts = parts;
    const epoch = new LibraryEpoch((value) => options.onChanged?.(value));
    const thumbnails = new ThumbnailCache(join(storageFolder, 'thumbnails'));
    // In the background, so that the first results need not wait for it.
    void thumbnails.list();
    const previews = new ThumbnailCache(join(storageFolder, 'previews'));
    const processor = new ImageProcessor({
      models,
      thumbnails,
      maxPixels: () => this.indexing.settings.maxPixels,
    });
    const onRestored = epoch.advance.bind(epoch);
    const restorer = new ThumbnailRestorer({ thumbnails, processor, onRestored });
    this.#epoch = epoch;
    this.#previews = previews;
    this.#restorer = restorer;
    const shared = {
      ...parts,
      ...{ storageFolder, epoch, thumbnails, previews, processor, restorer },
      revision: () => revisions.active,
      isIndexing: () => this.indexing.isRunning,
      follows: () => !writerLock.isHeld,
      modelRevision: models.revision,
      onChange: (change: LibraryChange) => {
        revisions.apply(change);
        epoch.advance();
      },
    };
    this.queries = new QuerySessions({ ...shared, revisions: () => revisions.searched });
    this.indexing = new IndexingService({
      ...options,
      ...shared,
      onProgress: (progress) => options.onProgress?.(progress),
      onWatchLimit: (limit) => options.onWatchLimit?.(limit),
      onComplete: () => this.#onComplete(),
    });
    const { calibration } = models.manifest;
    this.search = new LibrarySearch({ ...shared, sessions: this.queries, calibration });
    const folders = () => this.indexing.folders;
    this.library = new LibraryService({ ...shared, folders });
    const decode = processor.decode.bind(processor);
    const file = () =>
      options.watch && writerLock.isHeld
        ? charactersFilePath(this.indexing.settings.charactersFile, folders()[0]?.path)
        : null;
    this.characters = new CharactersService({
      ...shared,
      ...{ folders, decode, file },
      probability: (cosine) => this.search.probability(cosine),
      log: (message) => log(message, 'warning'),
    });
    this.decisions = new DecisionService({
      ...shared,
      folders,
      processAgain: (files) => this.indexing.processAgain(files),
    });
    this.duplicates = new DuplicateFinder({
      ...shared,
      mayWrite: () => writerLock.isHeld,
      decode,
    });
    const pictures = [thumbnails, previews];
    this.diagnostics = new DiagnosticsService({ ...shared, pictures, indexing: this.indexing });
    this.#databaseWatcher = new DatabaseWatcher({
      store,
      writerLock,
      onChanged: (takesOver) => scope.run(() => this.#takeOver(takesOver)),
      onStale: () => options.onStale?.(),
      log: (level, message) => log(message, level),
    });
  }

  /** The fusion weight with which the models were found best. */
  get defaultWeight(): number {
    return this.#parts.models.manifest.fusion.defaultWeight;
  }

  /** Damage was met in the library; nothing it answers can be relied on any more. */
  onDamaged(error: Error): void {
    this.#databaseWatcher.reportStale(`The library is damaged (${error.message})`);
  }

  /** Begins to index and watch, where this process may write. */
  async #begin(): Promise<void> {
    if (this.#parts.writerLock.isHeld) {
      await this.#previews.keepNewest(200);
      this.#parts.scope.signal.throwIfAborted();
      await this.indexing.follow();
      this.decisions.embedDrawnFaces();
    }
  }

  /** Resolves when nothing is left to index. */
  async settled(): Promise<void> {
    await this.indexing.settled();
    await this.#parts.revisions.settled();
    this.indexing.flushProgress();
    this.#epoch.flush();
  }

  /** Cancels all work, waits for what cannot be cancelled, and closes the library. */
  async close(): Promise<void> {
    const { scope, store, models, writerLock, revisions } = this.#parts;
    if (scope.signal.aborted) {
      return;
    }
    scope.close();
    models.stopLoading();
    this.#databaseWatcher.close();
    this.#epoch.dispose();
    await this.indexing.close();
    this.search.close();
    await this.characters.close();
    await this.#restorer.close();
    await revisions.close();
    await scope.ended();
    await models.close();
    store.close();
    writerLock.release();
  }

  /** Everything is indexed with the current models: vectors of older ones can be dropped. */
  async #onComplete(): Promise<void> {
    const { revisions } = this.#parts;
    await revisions.activateCurrent();
    this.queries.dropOtherRevisions(
      new Set(revisions.searched.map(({ modelRevision }) => modelRevision)),
    );
    this.#epoch.advance();
  }

  async #takeOver(takesOver: boolean): Promise<void> {
    const { scope, revisions } = this.#parts;
    await revisions.refresh();
    scope.signal.throwIfAborted();
    this.#epoch.advance();
    if (takesOver) {
      await this.#begin();
    } else {
      this.decisions.embedDrawnFaces();
    }
  }
}
