import { availableParallelism } from 'node:os';
import type { Dimensions } from '../../common/vector.ts';
import type { Settings } from '../../protocol/engineProtocol.ts';
import type { ProviderReport } from '../../protocol/providerReport.ts';
import { loadManifest, type Manifest, modelRevision, vectorDimensions } from './manifest.ts';
import { ModelSet } from './modelSet.ts';

/** How much goes on at the same time. */
export interface Concurrency {
  /** Files being read and decoded. */
  readonly decoders: number;
  /** Batches in inference. */
  readonly streams: number;
  /** Images of a batch. */
  readonly batchSize: number;
}

export interface ModelManagerOptions {
  readonly folder: string;
  readonly settings: () => Settings;
  /** Where outcomes of provider probes are kept. */
  readonly cacheFolder: string;
  readonly log: (message: string) => void;
  readonly onReport: (report: ProviderReport) => void;
}

/** How many cores the indexer may use at each speed. */
function coresFor(speed: Settings['speed']): number {
  const cores = availableParallelism();
  return { background: 1, balanced: Math.max(1, cores - (cores > 2 ? 1 : 0)), fast: cores }[speed];
}

/**
 * The models: their manifest at once, their sessions when they are first needed. An unchanged
 * library is searched without ever loading them.
 */
export class ModelManager {
  readonly manifest: Manifest;
  readonly revision: string;
  readonly #options: ModelManagerOptions;
  #loading: Promise<ModelSet> | undefined;
  #loaded: ModelSet | undefined;

  private constructor(options: ModelManagerOptions, manifest: Manifest) {
    this.#options = options;
    this.manifest = manifest;
    this.revision = modelRevision(manifest);
  }

  /** @throws FamiliarError `model-manifest` or `model-file`. */
  static async open(options: ModelManagerOptions): Promise<ModelManager> {
    const { manifest } = await loadManifest(options.folder);
    return new ModelManager(options, manifest);
  }

  get dimensions(): Dimensions {
    return vectorDimensions(this.manifest);
  }

  get report(): ProviderReport {
    return this.#loaded?.report ?? { active: null, probeImagesPerSecond: null, refused: [] };
  }

  /** The loaded models. A failed load is tried again by the next caller. */
  get(): Promise<ModelSet> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** How much of the pipeline goes on at a time, at the speed that is set. */
  concurrency(): Concurrency {
    const cores = coresFor(this.#options.settings().speed);
    // One batch in every stream and one that waits for it, so that no stream is ever idle.
    const streams = Math.max(1, Math.min(this.#loaded?.streams ?? cores, cores)) + 1;
    return { decoders: cores, streams, batchSize: this.#loaded?.detectorBatch ?? 1 };
  }

  /** Loads the models anew when next needed, for another provider or speed. */
  async reload(): Promise<void> {
    const loading = this.#loading;
    this.#loading = undefined;
    this.#loaded = undefined;
    const models = await loading?.catch(() => undefined);
    await models?.dispose();
  }

  async #load(): Promise<ModelSet> {
    const { folder, settings, cacheFolder, log, onReport } = this.#options;
    const models = await ModelSet.load({
      folder,
      provider: settings().executionProvider,
      threads: coresFor(settings().speed),
      cacheFolder,
      log,
      onFallback: onReport,
    });
    this.#loaded = models;
    onReport(models.report);
    return models;
  }
}
