import { FamiliarError, isAbort } from '../../common/failure.ts';
import type { Raster } from '../../common/raster.ts';
import type { InferenceRunner, RunOptions } from './inferencePool.ts';
import type { ModelRole } from './manifest.ts';
import type { FloatTensor } from './runtime.ts';

export interface FallbackOptions {
  /** The accelerator's runner. */
  readonly primary: InferenceRunner;
  readonly openCpu: () => Promise<InferenceRunner>;
  /** Called once, when the accelerator is given up. */
  readonly onFallback: (error: FamiliarError) => void;
}

/**
 * Runs on an accelerator until it fails; then the same batch and everything after it runs on
 * the CPU. Numbers that are not finite count as a failure: drivers answer so when a device is
 * lost.
 */
export class FallbackRunner implements InferenceRunner {
  #current: InferenceRunner;
  #switching: Promise<InferenceRunner> | undefined;
  readonly #options: FallbackOptions;

  constructor(options: FallbackOptions) {
    this.#options = options;
    this.#current = options.primary;
  }

  batchSize(role: ModelRole): number {
    return this.#current.batchSize(role);
  }

  async run(
    role: ModelRole,
    rasters: readonly Raster[],
    options?: RunOptions,
  ): Promise<FloatTensor> {
    if (this.#current !== this.#options.primary) {
      return this.#current.run(role, rasters, options);
    }
    try {
      const output = await this.#options.primary.run(role, rasters, options);
      if (output.data.every(Number.isFinite)) {
        return output;
      }
      throw new FamiliarError(
        'provider-failed',
        `Expected finite numbers from the ${role} model but received NaN or infinity.`,
        { remedy: 'Update the graphics driver, or set the execution provider to "cpu".' },
      );
    } catch (error) {
      if (isAbort(error) || !(error instanceof FamiliarError)) {
        throw error;
      }
      const cpu = await this.#switchToCpu(error);
      return runInPieces(cpu, role, rasters, options);
    }
  }

  #switchToCpu(error: FamiliarError): Promise<InferenceRunner> {
    this.#switching ??= (async () => {
      const cpu = await this.#options.openCpu();
      this.#current = cpu;
      this.#options.onFallback(error);
      await this.#options.primary.close();
      return cpu;
    })();
    return this.#switching;
  }

  async close(): Promise<void> {
    await this.#switching;
    await this.#current.close();
  }
}

/** The batch was cut for the accelerator; the CPU may want, or take, less at a time. */
async function runInPieces(
  runner: InferenceRunner,
  role: ModelRole,
  rasters: readonly Raster[],
  options: RunOptions | undefined,
): Promise<FloatTensor> {
  const size = runner.batchSize(role);
  const starts = Array.from({ length: Math.ceil(rasters.length / size) }, (_, i) => i * size);
  const pieces = await Promise.all(
    starts.map((at) => runner.run(role, rasters.slice(at, at + size), options)),
  );
  const [first] = pieces as [FloatTensor, ...FloatTensor[]];
  const data = new Float32Array(pieces.reduce((sum, piece) => sum + piece.data.length, 0));
  let at = 0;
  for (const piece of pieces) {
    data.set(piece.data, at);
    at += piece.data.length;
  }
  return { data, shape: [rasters.length, ...first.shape.slice(1)] };
}
