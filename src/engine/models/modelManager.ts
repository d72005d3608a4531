import { availableParallelism } from 'node:os';
import type { Settings } from '../../common/settings.ts';
import type { Dimensions } from '../../common/vector.ts';
import { loadManifest, type Manifest, modelRevision, vectorDimensions } from './manifest.ts';
import { ModelSet } from './modelSet.ts';
import { deleteProbes } from './probeCache.ts';
import type { ProviderReport } from './providerReport.ts';

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
  readonly settings: Pick<Settings, 'executionProvider' | 'speed'>;
  /** Where outcomes of provider probes are kept. */
  readonly cacheFolder: string;
  readonly log: (message: string) => void;
  readonly onReport: (report: ProviderReport) => void;
}

/** Where work with the models gets them. */
export interface LoadedModels {
  /** The models alone, for what they know of themselves; they may be gone when something runs on them. */
  get(): Promise<ModelSet>;
  /** Runs work with the models, which stay until it ends. */
  use<T>(work: (models: ModelSet) => Promise<T>): Promise<T>;
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
export class ModelManager implements LoadedModels {
  readonly manifest: Manifest;
  readonly revision: string;
  readonly #options: ModelManagerOptions;
  #settings: ModelManagerOptions['settings'];
  #loading: Promise<ModelSet> | undefined;
  #loaded: ModelSet | undefined;
  #abort = new AbortController();
  #isClosed = false;
  /** Settled when the work with loaded models is. */
  readonly #inUse = new Set<Promise<void>>();

  private constructor(options: ModelManagerOptions, manifest: Manifest) {
    this.#options = options;
    this.#settings = options.settings;
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
  async get(): Promise<ModelSet> {
    for (;;) {
      const { signal } = this.#abort;
      this.#loading ??= this.#load(signal);
      const loading = this.#loading;
      try {
        return await loading;
      } catch (error) {
        this.#loading = this.#loading === loading ? undefined : this.#loading;
        // Ended for others that were asked for meanwhile: whoever waits gets those.
        if (!signal.aborted || this.#isClosed) {
          throw error;
        }
      }
    }
  }

  /** Runs work with the loaded models, which stay until it ends even where others take their place. */
  async use<T>(work: (models: ModelSet) => Promise<T>): Promise<T> {
    let models = await this.get();
    while (models !== this.#loaded) {
      models = await this.get();
    }
    const working = work(models);
    const settled = working.then(
      () => undefined,
      () => undefined,
    );
    this.#inUse.add(settled);
    settled.then(() => this.#inUse.delete(settled));
    return working;
  }

  /** How much of the pipeline goes on at a time, at the speed that is set. */
  concurrency(): Concurrency {
    const cores = coresFor(this.#settings.speed);
    // One batch in every stream and one that waits for it, so that no stream is ever idle.
    const streams = Math.max(1, Math.min(this.#loaded?.streams ?? cores, cores)) + 1;
    return { decoders: cores, streams, batchSize: this.#loaded?.detectorBatch ?? 1 };
  }

  /** Loads the models anew when next needed, for another provider or speed. */
  async configure(settings: ModelManagerOptions['settings']): Promise<void> {
    this.#settings = settings;
    const before = this.#takeAway();
    await Promise.all(this.#inUse);
    await before();
  }

  /** Forgets what was found out about accelerators: they are tried again. */
  async forgetProbes(): Promise<void> {
    const before = this.#takeAway();
    deleteProbes(this.#options.cacheFolder);
    await Promise.all(this.#inUse);
    await before();
  }

  /** Loads no models any more; a load under way, and the probe in it, is ended. */
  stopLoading(): void {
    this.#isClosed = true;
    if (this.#loaded === undefined) {
      this.#abort.abort();
    }
  }

  /** Ends what is in work. */
  async close(): Promise<void> {
    this.stopLoading();
    await this.#takeAway()();
  }

  /** @returns what ends the models that were loaded, or are being loaded */
  #takeAway(): () => Promise<void> {
    const loading = this.#loading;
    this.#loading = undefined;
    this.#loaded = undefined;
    this.#abort.abort();
    this.#abort = new AbortController();
    return async () => {
      const models = await loading?.catch(() => undefined);
      await models?.dispose();
    };
  }

  async #load(signal: AbortSignal): Promise<ModelSet> {
    const { folder, cacheFolder, log, onReport } = this.#options;
    const { executionProvider, speed } = this.#settings;
    const models = await ModelSet.load({
      folder,
      provider: executionProvider,
      threads: coresFor(speed),
      cacheFolder,
      log,
      onFallback: onReport,
      signal,
    });
    if (signal.aborted) {
      await models.dispose();
      signal.throwIfAborted();
    }
    this.#loaded = models;
    onReport(models.report);
    return models;
  }
}
