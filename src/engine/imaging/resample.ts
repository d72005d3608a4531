import { setImmediate } from 'node:timers/promises';
import type { Box, Size } from '../../common/geometry.ts';
import type { Raster } from '../../common/raster.ts';
import type { PixelKernel } from '../../native/pixelKernel.ts';
import { copyRows } from './copyRows.ts';
import { kernelMemory, pixelKernel, placing } from './kernel.ts';

/** Other work gets its turn after this long: the thread also answers searches. */
const sliceMs = 4;
/** Source bytes of a strip, where that is enough: as much as fits the processor's cache. */
const stripBytes = 1 << 19;

/** Of a weight that stands for the whole: the kernel's weights are fixed-point numbers. */
const wholeWeight = 1 << 14;

/**
 * Resizes a region of a picture to exactly `size`, whatever the proportions become. What shrinks is
 * averaged over the area of each new pixel, as training pictures are (OpenCV's `INTER_AREA`); what grows
 * is interpolated by Catmull-Rom (Keys 1981, doi:10.1109/TASSP.1981.1163711, a = −0.5), normalised at the
 * picture's edges. Pixels of both pictures lie half a pixel from their edges. Rows are blended first,
 * then columns; each result is within 1 of the exact one.
 *
 * It is the work of which there is most for each face, and of a small picture libvips takes 1 ms of
 * processor time before it begins.
 *
 * @param region of the raster, in whole pixels, inside it.
 */
export async function resample(raster: Raster, region: Box, size: Size): Promise<Raster> {
  const kernel = pixelKernel();
  const down = planTaps(region.height, size.height);
  const across = planTaps(region.width, size.width);
  const output = { ...size, data: new Uint8Array(size.width * size.height * 3) };
  let since = performance.now();
  for (let top = 0; top < size.height; ) {
    const bottom = stripEnd(down, top, region.width);
    resampleStrip(kernel, { raster, region, down, across, output, top, bottom });
    top = bottom;
    if (top < size.height && performance.now() - since > sliceMs) {
      await setImmediate();
      since = performance.now();
    }
  }
  return output;
}

/** What the pixels along one side of the result are made of. */
interface Taps {
  /** For each, the first pixel of the source that it takes. */
  readonly starts: Int32Array;
  /** As many as the longest takes, rounded up to pairs. */
  readonly pairs: number;
  /** `2 * pairs` for each, of which the last may be 0; they add up to `wholeWeight`. */
  readonly weights: Int16Array;
}

/** Which pixels of the source pixel `i` of the result is made of, and how much of each. */
interface Filter {
  readonly begin: (i: number) => number;
  /** The first pixel that it takes no more. */
  readonly end: (i: number) => number;
  /** In any unit. */
  readonly share: (i: number, pixel: number) => number;
}

/** What lies in the area of a pixel, at its ends in part. */
function areaFilter(from: number, to: number): Filter {
  const edge = (i: number) => (i * from) / to;
  return {
    begin: (i) => Math.floor(edge(i)),
    end: (i) => Math.ceil(edge(i + 1)),
    share: (i, pixel) => Math.min(pixel + 1, edge(i + 1)) - Math.max(pixel, edge(i)),
  };
}

const cubicReach = 2;

/** What lies around the middle of a pixel, as far as there is something. */
function cubicFilter(from: number, to: number): Filter {
  const centre = (i: number) => ((i + 0.5) * from) / to;
  return {
    begin: (i) => Math.max(0, Math.round(centre(i) - cubicReach)),
    end: (i) => Math.min(from, Math.round(centre(i) + cubicReach)),
    share: (i, pixel) => catmullRom(pixel + 0.5 - centre(i)),
  };
}

function catmullRom(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) {
    return (1.5 * x - 2.5) * x * x + 1;
  }
  return x < cubicReach ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

function planTaps(from: number, to: number): Taps {
  const { begin, end, share } = from > to ? areaFilter(from, to) : cubicFilter(from, to);
  const starts = new Int32Array(to).map((_, i) => begin(i));
  let most = 0;
  for (let i = 0; i < to; i++) {
    most = Math.max(most, end(i) - begin(i));
  }
  const pairs = Math.ceil(most / 2);
  const weights = new Int16Array(to * pairs * 2);
  for (let i = 0; i < to; i++) {
    const [first, last] = [begin(i), end(i)];
    let sum = 0;
    for (let pixel = first; pixel < last; pixel++) {
      sum += share(i, pixel);
    }
    // Rounding what they add up to, not each of them, leaves the sum exact and errors local.
    let soFar = 0;
    let given = 0;
    for (let pixel = first; pixel < last; pixel++) {
      soFar += share(i, pixel);
      const upToHere = Math.round((soFar / sum) * wholeWeight);
      weights[i * pairs * 2 + pixel - first] = upToHere - given;
      given = upToHere;
    }
  }
  return { starts, pairs, weights };
}

/** Up to which row of the result one strip goes. */
function stripEnd({ starts, pairs }: Taps, top: number, sourceWidth: number): number {
  // What neighbouring strips share is copied twice: of so many rows, a quarter at most.
  const rows = Math.max(8 * pairs, Math.floor(stripBytes / (3 * sourceWidth)));
  const last = (starts[top] as number) + rows;
  let end = top + 1;
  while (end < starts.length && (starts[end] as number) + 2 * pairs <= last) {
    end++;
  }
  return end;
}

interface Strip {
  readonly raster: Raster;
  readonly region: Box;
  readonly down: Taps;
  readonly across: Taps;
  readonly output: Raster;
  /** Rows of the result, `bottom` not among them. */
  readonly top: number;
  readonly bottom: number;
}

/** Rows of the result, from nothing that another strip has left in the kernel's memory. */
function resampleStrip(kernel: PixelKernel, strip: Strip): void {
  const { raster, region, down, across, output, top, bottom } = strip;
  const firstRow = down.starts[top] as number;
  const rowsWanted = (down.starts[bottom - 1] as number) - firstRow + 2 * down.pairs;
  const rows = Math.min(rowsWanted, region.height - firstRow);
  const stride = region.width * 3;
  const outputStride = output.width * 3;
  const place = placing();
  const downWeights = place((bottom - top) * down.pairs * 4);
  const acrossStarts = place(output.width * 4);
  const acrossWeights = place(across.weights.byteLength);
  const upperRow = place(stride * 2 + across.pairs * 12);
  const lowerRow = place(stride * 2 + across.pairs * 12);
  const result = place((bottom - top) * outputStride);
  // A weight of 0 may stand beyond the last row, which must be memory all the same.
  const source = place(rowsWanted * stride);
  const bytes = kernelMemory(kernel, place(0));
  const { weights: allDown, pairs } = down;
  new Int16Array(bytes.buffer, downWeights).set(
    allDown.subarray(top * pairs * 2, bottom * pairs * 2),
  );
  new Int32Array(bytes.buffer, acrossStarts).set(across.starts);
  new Int16Array(bytes.buffer, acrossWeights).set(across.weights);
  const sourceStride = raster.width * 3;
  const sourceStart = (region.y + firstRow) * sourceStride + region.x * 3;
  copyRows(
    { bytes: raster.data, start: sourceStart, stride: sourceStride },
    { bytes, start: source, stride },
    stride,
    rows,
  );
  const blendRow = (row: number, target: number) =>
    kernel.blendDown(
      source + ((down.starts[row] as number) - firstRow) * stride,
      stride,
      stride,
      downWeights + (row - top) * pairs * 4,
      pairs,
      target,
    );
  for (let upper = top; upper < bottom; upper += 2) {
    const lower = Math.min(upper + 1, bottom - 1);
    blendRow(upper, upperRow);
    blendRow(lower, lowerRow);
    kernel.blendAcross(
      upperRow,
      lowerRow,
      acrossStarts,
      acrossWeights,
      across.pairs,
      output.width,
      result + (upper - top) * outputStride,
      result + (lower - top) * outputStride,
    );
  }
  const made = bytes.subarray(result, result + (bottom - top) * outputStride);
  output.data.set(made, top * outputStride);
}
