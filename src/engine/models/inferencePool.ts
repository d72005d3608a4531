import PQueue from 'p-queue';
import { FamiliarError } from '../../common/failure.ts';
import type { Raster } from '../../common/raster.ts';
import { connectHost, type HostConnection, type HostKind } from './hostConnection.ts';
import type { HostedModel } from './inferenceMessages.ts';
import { type ModelFolder, type ModelRole, modelRoles } from './manifest.ts';
import type { FloatTensor, Provider } from './runtime.ts';

/** Which runs go first: a search that somebody waits for overtakes indexing. */
export const priorities = { indexing: 0, interactive: 1 } as const;
export type Priority = keyof typeof priorities;

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly priority?: Priority;
}

/** Runs models on batches of pictures that share one size. */
export interface InferenceRunner {
  /**
   * @returns the model's raw output, first dimension the batch.
   * @throws FamiliarError `provider-failed` or `model-output`; AbortError before the run began.
   */
  run(role: ModelRole, rasters: readonly Raster[], options?: RunOptions): Promise<FloatTensor>;
  /** How many pictures one run should have at most; models may be fixed to 1. */
  batchSize(role: ModelRole): number;
  close(): Promise<void>;
}

export type BatchSizes = Readonly<Record<ModelRole, number>>;

export interface PoolOptions {
  readonly provider: Provider;
  readonly host: HostKind;
  /** Hosts that work at the same time; 1 for every provider but the CPU. */
  readonly streams: number;
  readonly threadsPerStream: number;
  readonly batchSizes: BatchSizes;
  /** Ends a host that takes longer for one request. */
  readonly timeoutMs: number | null;
}

export function hostedModels({ manifest, files }: ModelFolder): HostedModel[] {
  return modelRoles.map((role) => ({
    role,
    file: files[role],
    input: manifest[role].input,
    outputName: manifest[role].output.name,
  }));
}

/** The pixels of all rasters in one piece, in memory used before where it is large enough. */
function packPixels(rasters: readonly Raster[], spare: Uint8Array | undefined): Uint8Array {
  const length = rasters.reduce((sum, raster) => sum + raster.data.length, 0);
  const whole = spare !== undefined && spare.buffer.byteLength >= length ? spare.buffer : null;
  const pixels = whole === null ? new Uint8Array(length) : new Uint8Array(whole, 0, length);
  let at = 0;
  for (const { data } of rasters) {
    pixels.set(data, at);
    at += data.length;
  }
  return pixels;
}

/** @throws FamiliarError `model-manifest` for a model that takes nothing but larger batches. */
function limitBatches(wanted: BatchSizes, fixed: readonly (number | null)[]): BatchSizes {
  const sizes = { ...wanted };
  for (const [index, role] of modelRoles.entries()) {
    const only = fixed[index] ?? null;
    if (only !== null && only !== 1) {
      throw new FamiliarError(
        'model-manifest',
        `Expected the ${role} model to take any batch size, or 1, but it only takes ${only}.`,
        { remedy: 'Export the model with a dynamic batch.' },
      );
    }
    sizes[role] = only ?? wanted[role];
  }
  return sizes;
}

interface Stream {
  connection: HostConnection;
  spare: Uint8Array | undefined;
}

async function openHost(models: ModelFolder, options: PoolOptions, signal?: AbortSignal) {
  signal?.throwIfAborted();
  const connection = connectHost(options.host, options.timeoutMs);
  const onAbort = () => void connection.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const { fixedBatches } = await connection.open(
      options.provider,
      options.threadsPerStream,
      hostedModels(models),
    );
    return { connection, fixedBatches };
  } catch (error) {
    await connection.close();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** One or more hosts with all models open; a run goes to the first that is free. */
export class InferencePool implements InferenceRunner {
  readonly #models: ModelFolder;
  readonly #options: PoolOptions;
  readonly #batchSizes: BatchSizes;
  readonly #streams: readonly Stream[];
  readonly #idle: Stream[];
  readonly #queue: PQueue;
  #closed = false;

  private constructor(
    models: ModelFolder,
    options: PoolOptions,
    hosts: readonly Awaited<ReturnType<typeof openHost>>[],
  ) {
    this.#models = models;
    this.#options = options;
    this.#batchSizes = limitBatches(options.batchSizes, hosts[0]?.fixedBatches ?? []);
    this.#streams = hosts.map(({ connection }) => ({ connection, spare: undefined }));
    this.#idle = [...this.#streams];
    this.#queue = new PQueue({ concurrency: hosts.length });
  }

  /** @throws FamiliarError `provider-failed` or `model-manifest`; AbortError; no host is left behind. */
  static async open(
    models: ModelFolder,
    options: PoolOptions,
    signal?: AbortSignal,
  ): Promise<InferencePool> {
    const opened = await Promise.allSettled(
      Array.from({ length: options.streams }, () => openHost(models, options, signal)),
    );
    const hosts = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    try {
      const failed = opened.find((one) => one.status === 'rejected');
      if (failed !== undefined) {
        throw failed.reason;
      }
      return new InferencePool(models, options, hosts);
    } catch (error) {
      await Promise.all(hosts.map(({ connection }) => connection.close()));
      throw error;
    }
  }

  batchSize(role: ModelRole): number {
    return this.#batchSizes[role];
  }

  /** Process ids of hosts that are processes. */
  get processIds(): number[] {
    return this.#streams.flatMap(({ connection }) => connection.pid ?? []);
  }

  async run(
    role: ModelRole,
    rasters: readonly Raster[],
    { signal, priority = 'indexing' }: RunOptions = {},
  ): Promise<FloatTensor> {
    const { width, height } = rasters[0] as Raster;
    // Only a run that waits can leave: one that has begun holds its stream until the host answers.
    const waiting = new AbortController();
    const leave = () => waiting.abort(signal?.reason);
    if (signal?.aborted) {
      leave();
    }
    signal?.addEventListener('abort', leave, { once: true });
    return this.#queue.add(
      async () => {
        signal?.removeEventListener('abort', leave);
        const stream = this.#idle.pop() as Stream;
        try {
          await this.#revive(stream);
          const pixels = packPixels(rasters, stream.spare);
          stream.spare = undefined;
          const batch = { pixels, count: rasters.length, width, height };
          const result = await stream.connection.run(role, batch);
          stream.spare = result.pixels;
          return result.output;
        } finally {
          this.#idle.push(stream);
        }
      },
      { priority: priorities[priority], signal: waiting.signal },
    );
  }

  /** A host that ended owes its successor to the next run, so that one crash costs one run. */
  async #revive(stream: Stream): Promise<void> {
    if (stream.connection.hasEnded && !this.#closed) {
      stream.connection = (await openHost(this.#models, this.#options)).connection;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#streams.map(({ connection }) => connection.close()));
  }
}
