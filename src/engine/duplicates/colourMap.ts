import type { Plane } from './comparedPicture.ts';

/** Pixels that a map is fitted to. */
const fitted = 3_000;
/** Share of them that fits worst and is left out the second time: what differs in few places. */
const outliers = 0.15;

const terms = 20;

/** All products of up to three of the colours, 0…1: hue, tint, contrast and greyscale are near them. */
function writeTerms(data: Plane['data'], at: number, out: Float64Array): void {
  const r = (data[at] as number) / 255;
  const g = (data[at + 1] as number) / 255;
  const b = (data[at + 2] as number) / 255;
  out.set([
    ...[1, r, g, b, r * r, g * g, b * b, r * g, r * b, g * b],
    ...[r * r * r, g * g * g, b * b * b, r * r * g, r * r * b],
    ...[g * g * r, g * g * b, b * b * r, b * b * g, r * g * b],
  ]);
}

/**
 * The colours of `from` changed by the smooth map that brings them nearest to those of `to`, pixel by
 * pixel: a cubic polynomial, fitted by least squares. Where `to` is `from` in other colours the two
 * become nearly equal; what is drawn otherwise stays different.
 */
export function mapColours(from: Plane, to: Plane): Plane {
  const pixels = from.width * from.height;
  const step = Math.max(1, Math.floor(pixels / fitted));
  const sampled = Array.from({ length: Math.floor(pixels / step) }, (_, i) => i * step);
  const first = fitMap(from, to, sampled);
  const errors = sampled.map((pixel) => ({ pixel, error: errorAt(first, from, to, pixel) }));
  errors.sort((a, b) => a.error - b.error);
  const kept = errors.slice(0, Math.ceil((1 - outliers) * errors.length));
  const coefficients = fitMap(
    from,
    to,
    kept.map(({ pixel }) => pixel),
  );
  const data = new Float32Array(from.data.length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    data.set(apply(coefficients, from.data, 3 * pixel), 3 * pixel);
  }
  return { ...from, data };
}

/** Coefficients of the three channels, `terms` each. */
type Coefficients = readonly [Float64Array, Float64Array, Float64Array];

const buffer = new Float64Array(terms);

function apply(
  coefficients: Coefficients,
  data: Plane['data'],
  at: number,
): [number, number, number] {
  writeTerms(data, at, buffer);
  const value = (channel: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < terms; i++) {
      sum += (channel[i] as number) * (buffer[i] as number);
    }
    return Math.min(255, Math.max(0, sum));
  };
  return [value(coefficients[0]), value(coefficients[1]), value(coefficients[2])];
}

function errorAt(coefficients: Coefficients, from: Plane, to: Plane, pixel: number): number {
  return apply(coefficients, from.data, 3 * pixel).reduce(
    (sum, value, c) => sum + Math.abs(value - (to.data[3 * pixel + c] as number)),
    0,
  );
}

function fitMap(from: Plane, to: Plane, pixels: readonly number[]): Coefficients {
  const matrix = new Float64Array(terms * terms);
  const right = [
    new Float64Array(terms),
    new Float64Array(terms),
    new Float64Array(terms),
  ] as const;
  const row = new Float64Array(terms);
  for (const pixel of pixels) {
    writeTerms(from.data, 3 * pixel, row);
    for (let i = 0; i < terms; i++) {
      for (let j = 0; j <= i; j++) {
        matrix[i * terms + j] =
          (matrix[i * terms + j] as number) + (row[i] as number) * (row[j] as number);
      }
      for (let c = 0; c < 3; c++) {
        const side = right[c as 0 | 1 | 2];
        side[i] = (side[i] as number) + (row[i] as number) * (to.data[3 * pixel + c] as number);
      }
    }
  }
  for (let i = 0; i < terms; i++) {
    for (let j = 0; j < i; j++) {
      matrix[j * terms + i] = matrix[i * terms + j] as number;
    }
    // Few colours leave much of the polynomial open: this keeps it small there.
    matrix[i * terms + i] = (matrix[i * terms + i] as number) + 1e-6 * pixels.length;
  }
  solve(matrix, right);
  return right;
}

/** Gaussian elimination in place; the matrix is symmetric and positive definite, so no pivots. */
function solve(matrix: Float64Array, right: readonly Float64Array[]): void {
  const at = (row: number, column: number) => matrix[row * terms + column] as number;
  for (let pivot = 0; pivot < terms; pivot++) {
    for (let row = 0; row < terms; row++) {
      const factor = at(row, pivot) / at(pivot, pivot);
      if (row === pivot || factor === 0) {
        continue;
      }
      for (let column = pivot; column < terms; column++) {
        matrix[row * terms + column] = at(row, column) - factor * at(pivot, column);
      }
      for (const side of right) {
        side[row] = (side[row] as number) - factor * (side[pivot] as number);
      }
    }
  }
  for (const side of right) {
    for (let row = 0; row < terms; row++) {
      side[row] = (side[row] as number) / at(row, row);
    }
  }
}
