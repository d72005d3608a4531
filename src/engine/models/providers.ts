import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release } from 'node:os';
import { type FamiliarError, messageOf, toFamiliarError } from '../../common/failure.ts';
import type { ExecutionProvider } from '../../common/settings.ts';
import { FallbackRunner } from './fallbackRunner.ts';
import { connectHost } from './hostConnection.ts';
import { InferencePool, type InferenceRunner, type PoolOptions } from './inferencePool.ts';
import { type ModelFolder, modelRevision } from './manifest.ts';
import {
  compareProbe,
  fastestBatch,
  largestBatch,
  measureSpeed,
  type ProbeBatch,
  type ProbeOutput,
  probeBatch,
  runProbe,
} from './probe.ts';
import { type ProbeOutcome, type ProbeResults, readProbes, writeProbes } from './probeCache.ts';
import type { ProviderReport, Refusal, RefusalCause } from './providerReport.ts';
import type { Provider } from './runtime.ts';

export interface ProviderOptions {
  readonly requested: ExecutionProvider;
  /** CPU threads for inference, over all streams. */
  readonly threads: number;
  /** Where outcomes of probes are kept for this machine. */
  readonly cacheFolder: string;
  readonly log: (message: string) => void;
  /** An accelerator failed in the middle of a run; called once, with the new state. */
  readonly onFallback: (report: ProviderReport) => void;
  /** The models are no longer wanted. A probe that this ends says nothing about its provider. */
  readonly signal?: AbortSignal;
}

/** The runner to use, and how it came to be chosen. */
export interface OpenedRunner {
  readonly runner: InferenceRunner;
  /** Batches that can be worked on at the same time. */
  readonly streams: () => number;
  readonly report: () => ProviderReport;
}

/** Why a provider is not used. */
type Refused = Omit<Refusal, 'provider'>;

type Agreed = ProbeOutcome & { readonly state: 'agreed' };

/** An accelerator that is to be used. */
interface Chosen {
  readonly pool: InferencePool;
  readonly speed: number;
}

/** In order of expected speed. */
const candidates: Partial<Record<NodeJS.Platform, readonly Provider[]>> = {
  linux: ['cuda', 'webgpu'],
  win32: ['directml', 'webgpu'],
  darwin: ['coreml', 'webgpu'],
};

/** More streams than this only cost memory; further cores become threads of each stream. */
const maxStreams = 4;

/**
 * On the CPU several single-threaded streams are as fast as one stream with all threads when
 * the machine does nothing else, and faster beside decoders. Batches gain nothing there, and
 * the faces of one picture are shared by all streams without them.
 */
function cpuOptions(threads: number): PoolOptions {
  const streams = Math.max(1, Math.min(threads, maxStreams));
  return {
    provider: 'cpu',
    host: 'thread',
    streams,
    threadsPerStream: Math.max(1, Math.floor(threads / streams)),
    batchSizes: { detector: 1, identity: 1, look: 1 },
    timeoutMs: null,
  };
}

/** A probe in which the engine ended may have been ended with the window: it gets another chance. */
const mostUnfinishedProbes = 2;

/** Loading, compiling shaders and the probe itself may take this long per request. */
const acceleratorTimeoutMs = 45_000;

function acceleratorOptions(provider: Provider, batch: number): PoolOptions {
  return {
    provider,
    host: 'process',
    streams: 1,
    threadsPerStream: 1,
    batchSizes: { detector: batch, identity: 4 * batch, look: batch },
    timeoutMs: acceleratorTimeoutMs,
  };
}

/** What the outcome of a probe depends on besides the provider. */
async function machineKey(version: string, revision: string): Promise<string> {
  let nvidia = '';
  try {
    nvidia = (await readFile('/sys/module/nvidia/version', 'utf8')).trim();
  } catch {
    // No such driver, or no such file system: the key says so by leaving it out.
  }
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES, CUDA_VISIBLE_DEVICES } = process.env;
  return [
    `onnxruntime ${version}`,
    `${process.platform} ${process.arch} ${release()}`,
    `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
    `nvidia ${nvidia}`,
    [VK_ICD_FILENAMES, VK_DRIVER_FILES, CUDA_VISIBLE_DEVICES].join(' '),
    revision,
  ].join(' | ');
}

/** Chooses, once, what the models run on. One instance per loaded models folder. */
class ProviderChoice {
  readonly #models: ModelFolder;
  readonly #options: ProviderOptions;
  readonly #cpu: InferencePool;
  readonly #batch: ProbeBatch;
  #results: ProbeResults;
  #reference: ProbeOutput | undefined;

  constructor(
    models: ModelFolder,
    options: ProviderOptions,
    cpu: InferencePool,
    results: ProbeResults,
  ) {
    this.#models = models;
    this.#options = options;
    this.#cpu = cpu;
    this.#results = results;
    this.#batch = probeBatch(models.manifest);
  }

  /** The accelerator's pool when it is to be used, otherwise why not. */
  async consider(provider: Provider): Promise<Chosen | Refused> {
    const explicit = this.#options.requested === provider;
    const known = this.#results.outcomes[provider];
    const unfinished = known?.state === 'probing' ? known.attempts : 0;
    if (unfinished >= mostUnfinishedProbes) {
      const reason = 'the last attempts with it did not end; forget the probe results to try again';
      return { cause: 'unfinished', reason };
    }
    if (known?.state === 'refused' && !explicit) {
      return { cause: known.cause, reason: known.reason };
    }
    if (known?.state === 'agreed') {
      return this.#useKnown(provider, known, explicit);
    }
    return this.#probe(provider, explicit, unfinished + 1);
  }

  async #useKnown(provider: Provider, known: Agreed, explicit: boolean): Promise<Chosen | Refused> {
    if (!known.fasterThanCpu && !explicit) {
      return this.#slower(known.imagesPerSecond);
    }
    try {
      const options = acceleratorOptions(provider, known.batch);
      return {
        pool: await InferencePool.open(this.#models, options),
        speed: known.imagesPerSecond,
      };
    } catch (error) {
      return this.#refuse(provider, 'failed', toFamiliarError(error).message);
    }
  }

  async #probe(provider: Provider, explicit: boolean, attempts: number): Promise<Chosen | Refused> {
    const { signal } = this.#options;
    this.#remember(provider, { state: 'probing', attempts });
    const onAbort = () => this.#remember(provider, undefined);
    signal?.addEventListener('abort', onAbort, { once: true });
    let pool: InferencePool | undefined;
    try {
      pool = await InferencePool.open(this.#models, acceleratorOptions(provider, largestBatch));
      const agreed = await this.#measure(pool);
      signal?.throwIfAborted();
      await pool.close();
      if ('cause' in agreed) {
        return this.#refuse(provider, agreed.cause, agreed.reason);
      }
      this.#remember(provider, agreed);
      return await this.#useKnown(provider, agreed, explicit);
    } catch (error) {
      await pool?.close();
      signal?.throwIfAborted();
      return this.#refuse(provider, 'failed', toFamiliarError(error).message);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** How fast the accelerator is where it agrees with the CPU, and otherwise that it does not. */
  async #measure(pool: InferencePool): Promise<Agreed | Refused> {
    this.#reference ??= await runProbe(this.#cpu, this.#batch);
    const output = await runProbe(pool, this.#batch);
    const difference = compareProbe(this.#reference, output, this.#models.manifest);
    if (difference !== null) {
      return { cause: 'different', reason: difference };
    }
    const { batch, imagesPerSecond } = await fastestBatch((size) =>
      measureSpeed(pool, this.#batch, { streams: 1, batch: size }),
    );
    const fasterThanCpu = imagesPerSecond > (await this.cpuSpeed());
    return { state: 'agreed', imagesPerSecond, batch, fasterThanCpu };
  }

  async cpuSpeed(): Promise<number> {
    if (this.#results.cpuImagesPerSecond === null) {
      const { streams } = cpuOptions(this.#options.threads);
      this.#reference ??= await runProbe(this.#cpu, this.#batch);
      const speed = await measureSpeed(this.#cpu, this.#batch, { streams, batch: 1 });
      this.#keep({ ...this.#results, cpuImagesPerSecond: speed });
    }
    return this.#results.cpuImagesPerSecond as number;
  }

  #slower(imagesPerSecond: number): Refused {
    const cpu = this.#results.cpuImagesPerSecond ?? 0;
    const speeds = `${imagesPerSecond.toFixed(1)} against ${cpu.toFixed(1)} images/s`;
    return { cause: 'slower', reason: `it is slower than the CPU (${speeds})` };
  }

  #refuse(provider: Provider, cause: RefusalCause, reason: string): Refused {
    this.#remember(provider, { state: 'refused', cause, reason });
    return { cause, reason };
  }

  #remember(provider: Provider, outcome: ProbeOutcome | undefined): void {
    const { [provider]: _before, ...others } = this.#results.outcomes;
    const outcomes = outcome === undefined ? others : { ...others, [provider]: outcome };
    this.#keep({ ...this.#results, outcomes });
  }

  /** On a full or read-only disk the results hold for this process alone. */
  #keep(results: ProbeResults): void {
    this.#results = results;
    try {
      writeProbes(this.#options.cacheFolder, results);
    } catch (error) {
      this.#options.log(`Probe results cannot be kept: ${messageOf(error)}`);
    }
  }
}

async function about() {
  const host = connectHost('thread', null);
  try {
    return await host.about();
  } finally {
    await host.close();
  }
}

/**
 * Opens the models on the provider asked for, or with `auto` on the first of the platform's
 * that is proven right and faster than the CPU. Whatever fails ends on the CPU, with the reason
 * in the report; only models that do not run on the CPU either make this reject.
 *
 * @throws FamiliarError `provider-failed` or `model-manifest`.
 */
export async function openRunner(
  models: ModelFolder,
  options: ProviderOptions,
): Promise<OpenedRunner> {
  const openCpu = () => InferencePool.open(models, cpuOptions(options.threads));
  const cpu = await openCpu();
  try {
    const opened = await chooseAccelerator(models, options, cpu);
    if ('pool' in opened) {
      await cpu.close();
      return withFallback(opened, { openCpu, options });
    }
    return {
      runner: cpu,
      streams: () => cpuOptions(options.threads).streams,
      report: () => opened.report,
    };
  } catch (error) {
    await cpu.close();
    throw error;
  }
}

interface Accelerated extends Chosen {
  readonly provider: Provider;
  readonly refused: ProviderReport['refused'];
}

/** The first accelerator that is to be used; the report where that is none. */
async function chooseAccelerator(
  models: ModelFolder,
  options: ProviderOptions,
  cpu: InferencePool,
): Promise<Accelerated | { readonly report: ProviderReport }> {
  const { version, providers } = await about();
  const key = await machineKey(version, modelRevision(models.manifest));
  const results = await readProbes(options.cacheFolder, key);
  const choice = new ProviderChoice(models, options, cpu, results);
  const refused: ProviderReport['refused'] = [];
  for (const provider of wanted(options.requested)) {
    options.signal?.throwIfAborted();
    const outcome = providers.includes(provider) ? await choice.consider(provider) : absent();
    if ('pool' in outcome) {
      return { ...outcome, provider, refused };
    }
    options.log(`The provider "${provider}" is not used: ${outcome.reason}.`);
    refused.push({ provider, ...outcome });
  }
  const report = { active: 'cpu' as const, probeImagesPerSecond: await choice.cpuSpeed(), refused };
  return { report };
}

function absent(): Refused {
  const { platform, arch } = process;
  const reason = `this build of the runtime for ${platform} ${arch} does not have it`;
  return { cause: 'absent', reason };
}

function wanted(requested: ExecutionProvider): readonly Provider[] {
  if (requested === 'auto') {
    return candidates[process.platform] ?? [];
  }
  return requested === 'cpu' ? [] : [requested];
}

function withFallback(
  { provider, pool, speed, refused }: Accelerated,
  context: {
    readonly openCpu: () => Promise<InferencePool>;
    readonly options: ProviderOptions;
  },
): OpenedRunner {
  const { openCpu, options } = context;
  let report: ProviderReport = { active: provider, probeImagesPerSecond: speed, refused };
  let streams = 1;
  const onFallback = (error: FamiliarError) => {
    streams = cpuOptions(options.threads).streams;
    const reason = `it failed in the middle of a run: ${error.message}`;
    report = {
      active: 'cpu',
      probeImagesPerSecond: null,
      refused: [...refused, { provider, cause: 'failed', reason }],
    };
    options.log(`The provider "${provider}" is not used any more: ${reason}.`);
    options.onFallback(report);
  };
  return {
    runner: new FallbackRunner({ primary: pool, openCpu, onFallback }),
    streams: () => streams,
    report: () => report,
  };
}
