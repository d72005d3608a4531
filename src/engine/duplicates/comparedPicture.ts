import type { Box, Size } from '../../common/geometry.ts';
import type { Raster } from '../../common/raster.ts';
import { lumaOf } from '../imaging/fingerprint.ts';

/** Numbers in rows without padding, `channels` of them for a pixel. */
export interface Plane extends Size {
  readonly channels: 1 | 3;
  readonly data: Float32Array | Uint8Array;
}

/** The colours of a raster; its pixels are not copied. */
export function toColours(raster: Raster): Plane {
  return { ...raster, channels: 3 };
}

export function toLuma({ data, width, height }: Pick<Plane, 'data' | 'width' | 'height'>): Plane {
  const luma = new Float32Array(width * height);
  for (let i = 0; i < luma.length; i++) {
    luma[i] = lumaOf(data, 3 * i);
  }
  return { width, height, channels: 1, data: luma };
}

export function mirror(plane: Plane): Plane {
  const { width, height, channels, data } = plane;
  const mirrored = data.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + (width - 1 - x)) * channels;
      const to = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) {
        mirrored[to + c] = data[from + c] as number;
      }
    }
  }
  return { ...plane, data: mirrored };
}

/**
 * A region of the picture, which need not begin at whole pixels, resampled to a size. Several points
 * are averaged where the region shrinks, so that fine detail does not alias.
 */
export function sampleRegion(plane: Plane, region: Box, size: Size): Plane {
  const columns = taps(region.x, region.width / size.width, size.width, plane.width);
  const rows = taps(region.y, region.height / size.height, size.height, plane.height);
  const firstRow = rows.at[0] as number;
  const lastRow = Math.min(plane.height - 1, (rows.at.at(-1) as number) + 1);
  const narrow = narrowRows(plane, columns, size.width, { firstRow, lastRow });
  const data = new Float32Array(size.width * size.height * plane.channels);
  const rowLength = size.width * plane.channels;
  for (let y = 0; y < size.height; y++) {
    const to = y * rowLength;
    for (let k = y * rows.count; k < (y + 1) * rows.count; k++) {
      const at = ((rows.at[k] as number) - firstRow) * rowLength;
      const next = rows.at[k] === lastRow ? at : at + rowLength;
      const lower = (rows.part[k] as number) / rows.count;
      const upper = 1 / rows.count - lower;
      for (let i = 0; i < rowLength; i++) {
        data[to + i] =
          (data[to + i] as number) +
          upper * (narrow[at + i] as number) +
          lower * (narrow[next + i] as number);
      }
    }
  }
  return { ...size, channels: plane.channels, data };
}

/** The rows of a plane with their columns resampled. */
function narrowRows(
  { data, width, channels }: Plane,
  columns: Taps,
  length: number,
  { firstRow, lastRow }: { readonly firstRow: number; readonly lastRow: number },
): Float32Array {
  const { count } = columns;
  const narrow = new Float32Array(length * (lastRow - firstRow + 1) * channels);
  let to = 0;
  for (let y = firstRow; y <= lastRow; y++) {
    const row = y * width * channels;
    for (let x = 0; x < length; x++) {
      for (let k = x * count; k < (x + 1) * count; k++) {
        const at = columns.at[k] as number;
        const right = (columns.part[k] as number) / count;
        const left = 1 / count - right;
        const from = row + at * channels;
        const next = at === width - 1 ? from : from + channels;
        for (let c = 0; c < channels; c++) {
          narrow[to + c] =
            (narrow[to + c] as number) +
            left * (data[from + c] as number) +
            right * (data[next + c] as number);
        }
      }
      to += channels;
    }
  }
  return narrow;
}

interface Taps {
  /** Points that are averaged for one pixel. */
  readonly count: number;
  /** The pixel before each point, and how far the point is on its way to the next. */
  readonly at: Int32Array;
  readonly part: Float32Array;
}

function taps(start: number, step: number, length: number, limit: number): Taps {
  const count = Math.max(1, Math.round(step));
  const at = new Int32Array(length * count);
  const part = new Float32Array(length * count);
  for (let i = 0; i < length * count; i++) {
    const position = start + ((i + 0.5) / count) * step - 0.5;
    const inside = Math.min(limit - 1, Math.max(0, position));
    at[i] = Math.floor(inside);
    part[i] = inside - Math.floor(inside);
  }
  return { count, at, part };
}

/** Pearson's correlation of two planes of one size, −1…1; 0 where one of them is all the same. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sumA = 0;
  let sumB = 0;
  let sumAa = 0;
  let sumBb = 0;
  let sumAb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    sumA += x;
    sumB += y;
    sumAa += x * x;
    sumBb += y * y;
    sumAb += x * y;
  }
  const n = a.length;
  const variance = (sumAa - (sumA * sumA) / n) * (sumBb - (sumB * sumB) / n);
  return variance > 1e-3 ? (sumAb - (sumA * sumB) / n) / Math.sqrt(variance) : 0;
}
