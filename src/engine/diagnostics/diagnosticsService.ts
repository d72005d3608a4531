import type { Scope } from '../../common/scope.ts';
import type { IndexingService } from '../indexing/indexingService.ts';
import { CountsCache } from '../library/countsCache.ts';
import type { LibraryEpoch } from '../library/libraryEpoch.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { ThumbnailCache } from '../library/thumbnailCache.ts';
import type { WriterLock } from '../library/writerLock.ts';
import type { ModelManager } from '../models/modelManager.ts';
import type { Revisions } from '../search/revisions.ts';
import { collectDiagnostics } from './collectDiagnostics.ts';
import type { DoctorReport, Stats } from './doctorReport.ts';

export interface DiagnosticsServiceOptions {
  readonly scope: Scope;
  readonly store: LibraryStore;
  readonly models: ModelManager;
  readonly writerLock: WriterLock;
  readonly revisions: Revisions;
  readonly epoch: LibraryEpoch;
  readonly indexing: IndexingService;
  /** Thumbnails and previews. */
  readonly pictures: readonly ThumbnailCache[];
  readonly storageFolder: string;
}

/** How large the library is, and whether all that it depends on works. */
export class DiagnosticsService {
  readonly #options: DiagnosticsServiceOptions;
  readonly #counts: CountsCache;

  constructor(options: DiagnosticsServiceOptions) {
    this.#options = options;
    const { store, revisions } = options;
    this.#counts = new CountsCache({
      count: () => store.counts(revisions.active.modelRevision),
    });
  }

  stats(): Promise<Stats> {
    return this.#options.scope.run((signal) => this.#stats(signal));
  }

  async #stats(signal: AbortSignal): Promise<Stats> {
    const { store, models, revisions, pictures, storageFolder, epoch, indexing } = this.#options;
    const pictureBytes = await Promise.all(pictures.map((cache) => cache.sizeBytes()));
    signal.throwIfAborted();
    const { kind } = revisions.active;
    return {
      ...this.#counts.read(epoch.value, indexing.isRunning),
      passedOver: indexing.passedOver,
      databaseBytes: store.sizeBytes(),
      indexBytes: revisions.sizeBytes(),
      thumbnailBytes: pictureBytes.reduce((sum, bytes) => sum + bytes, 0),
      model: { name: models.manifest.name, revision: models.manifest.revision },
      provider: models.report,
      search: kind,
      storageFolder,
      readOnly: store.readOnly,
    };
  }

  doctor(): Promise<DoctorReport> {
    const { scope, revisions, indexing } = this.#options;
    const source = { ...this.#options, search: revisions.active, folders: indexing.folders };
    return scope.run(() => collectDiagnostics(source));
  }
}
