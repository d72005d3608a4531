import type { InputSpec } from './manifest.ts';

/** Pixels of `count` pictures of one size, one after the other, each as in `Raster`. */
export interface PixelBatch {
  readonly pixels: Uint8Array;
  readonly count: number;
  readonly width: number;
  readonly height: number;
}

export type Normalisation = Pick<InputSpec, 'layout' | 'colourOrder' | 'mean' | 'std'>;

/** One float per channel and byte value, so that normalising is a look-up. */
function lookupTables({ mean, std }: Normalisation): [Float32Array, Float32Array, Float32Array] {
  const table = (channel: 0 | 1 | 2) =>
    Float32Array.from({ length: 256 }, (_, value) => (value - mean[channel]) / std[channel]);
  return [table(0), table(1), table(2)];
}

/**
 * Converts 8-bit RGB pixels to the float32 batch that a model takes. `mean` and `std` are in
 * the model's colour order. The buffer of the last batch is used again, so a batch must be
 * done with before the next is made.
 */
export function tensorFiller(spec: Normalisation) {
  const tables = lookupTables(spec);
  // Where red, green and blue go among the model's channels.
  const order: readonly number[] = spec.colourOrder === 'RGB' ? [0, 1, 2] : [2, 1, 0];
  let buffer = new Float32Array(0);
  return (batch: PixelBatch) => {
    const length = batch.count * batch.width * batch.height * 3;
    if (buffer.length < length) {
      buffer = new Float32Array(length);
    }
    const data = buffer.subarray(0, length);
    if (spec.layout === 'NCHW') {
      fillPlanes(batch, tables, order, data);
      return { data, shape: [batch.count, 3, batch.height, batch.width] };
    }
    fillInterleaved(batch, tables, order, data);
    return { data, shape: [batch.count, batch.height, batch.width, 3] };
  };
}

type Tables = readonly [Float32Array, Float32Array, Float32Array];

function fillPlanes(
  { pixels, count, width, height }: PixelBatch,
  tables: Tables,
  order: readonly number[],
  data: Float32Array,
): void {
  const area = width * height;
  for (let colour = 0; colour < 3; colour++) {
    const channel = order[colour] as number;
    const table = tables[channel] as Float32Array;
    for (let n = 0; n < count; n++) {
      let from = n * area * 3 + colour;
      const start = (n * 3 + channel) * area;
      for (let to = start; to < start + area; to++) {
        data[to] = table[pixels[from] as number] as number;
        from += 3;
      }
    }
  }
}

function fillInterleaved(
  { pixels }: PixelBatch,
  tables: Tables,
  order: readonly number[],
  data: Float32Array,
): void {
  for (let colour = 0; colour < 3; colour++) {
    const channel = order[colour] as number;
    const table = tables[channel] as Float32Array;
    for (let at = 0; at < data.length; at += 3) {
      data[at + channel] = table[pixels[at + colour] as number] as number;
    }
  }
}
