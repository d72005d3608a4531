import { FamiliarError } from '../../common/failure.ts';
import type { Raster } from '../../common/raster.ts';
import { normalise } from '../../common/vector.ts';
import type { InferenceRunner, Priority } from './inferencePool.ts';
import type { ModelRole } from './manifest.ts';
import type { FloatTensor } from './runtime.ts';

function splitVectors(
  { data, shape }: FloatTensor,
  count: number,
  dimension: number,
  role: ModelRole,
): Float32Array[] {
  if (data.length !== count * dimension) {
    throw new FamiliarError(
      'model-output',
      `Expected ${role} output [${count}, ${dimension}] but received [${shape.join(', ')}].`,
      { remedy: 'Correct "output.dimension" in the manifest.' },
    );
  }
  return Array.from({ length: count }, (_, n) => {
    const vector = data.subarray(n * dimension, (n + 1) * dimension);
    if (!vector.every(Number.isFinite)) {
      throw new FamiliarError(
        'model-output',
        `Expected finite numbers from the ${role} model but received NaN or infinity.`,
        {
          remedy: 'Check "mean" and "std" in the manifest, or set the execution provider to "cpu".',
        },
      );
    }
    return normalise(vector);
  });
}

/** Turns pictures of the model's input size into unit vectors. */
export class Embedder {
  readonly dimension: number;
  readonly #runner: InferenceRunner;
  readonly #role: 'identity' | 'look';

  constructor(runner: InferenceRunner, role: 'identity' | 'look', dimension: number) {
    this.#runner = runner;
    this.#role = role;
    this.dimension = dimension;
  }

  /**
   * One vector of length `dimension` and Euclidean norm 1 per picture, in their order.
   *
   * @param rasters crops or fitted pictures, all of the size that the model takes.
   * @throws FamiliarError `model-output` or `provider-failed`; AbortError.
   */
  async embed(
    rasters: readonly Raster[],
    signal?: AbortSignal,
    priority: Priority = 'indexing',
  ): Promise<Float32Array[]> {
    const size = this.#runner.batchSize(this.#role);
    const batches: Promise<Float32Array[]>[] = [];
    for (let at = 0; at < rasters.length; at += size) {
      batches.push(this.#embedBatch(rasters.slice(at, at + size), signal, priority));
    }
    return (await Promise.all(batches)).flat();
  }

  async #embedBatch(
    rasters: readonly Raster[],
    signal: AbortSignal | undefined,
    priority: Priority,
  ) {
    const output = await this.#runner.run(this.#role, rasters, { signal, priority });
    return splitVectors(output, rasters.length, this.dimension, this.#role);
  }
}
