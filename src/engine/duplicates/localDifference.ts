import type { Plane } from './comparedPicture.ts';

/** Side of the windows that are compared, and how far one is from the next. */
const windowPx = 8;
const stridePx = 4;
/** A window that differs by more levels (0…255) than this has changed. */
const changedLevels = 14;

/** Levels between the darkest and the brightest pixel of a window that shows anything. */
const detailLevels = 16;

/** How two aligned pictures of one size differ from place to place. */
export interface LocalDifference {
  /** Of the window that differs most: mean difference of its pixels in levels, 0…255. */
  readonly most: number;
  /** Share of the windows that have changed. */
  readonly changed: number;
  /** What three quarters of the windows with any detail stay below: the noise of the copy. */
  readonly usual: number;
}

/**
 * Compares windows, each with the best of the nine places around its own: a pixel of misalignment
 * makes no difference, another expression on a small face does.
 */
export function localDifference(a: Plane, b: Plane): LocalDifference {
  const smoothA = smooth(a);
  const smoothB = smooth(b);
  let most = 0;
  let changed = 0;
  let windows = 0;
  const detailed: number[] = [];
  const lastX = Math.max(0, a.width - windowPx);
  const lastY = Math.max(0, a.height - windowPx);
  for (let y = 0; y < lastY + stridePx; y += stridePx) {
    for (let x = 0; x < lastX + stridePx; x += stridePx) {
      const place = { left: Math.min(x, lastX), top: Math.min(y, lastY) };
      const difference = bestDifference(smoothA, smoothB, place);
      most = Math.max(most, difference);
      changed += difference > changedLevels ? 1 : 0;
      windows += 1;
      if (hasDetail(smoothA, place)) {
        detailed.push(difference);
      }
    }
  }
  detailed.sort((x, y) => x - y);
  const usual = detailed[Math.floor(0.75 * detailed.length)] ?? most;
  return { most, changed: changed / windows, usual };
}

/** Whether the greens of a window, on its diagonal, are more than one flat colour. */
function hasDetail(plane: Plane, { left, top }: Place): boolean {
  let least = 255;
  let greatest = 0;
  for (let i = 0; i < windowPx; i++) {
    const x = Math.min(plane.width - 1, left + i);
    const y = Math.min(plane.height - 1, top + i);
    const value = plane.data[3 * (y * plane.width + x) + 1] as number;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return greatest - least > detailLevels;
}

interface Place {
  readonly left: number;
  readonly top: number;
}

function bestDifference(a: Plane, b: Plane, place: Place): number {
  let best = differenceAt(a, b, place, 0, 0);
  for (let dy = -1; dy <= 1 && best > changedLevels / 3; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      best = Math.min(best, differenceAt(a, b, place, dx, dy));
    }
  }
  return best;
}

function differenceAt(a: Plane, b: Plane, { left, top }: Place, dx: number, dy: number): number {
  const right = Math.min(a.width, left + windowPx);
  const bottom = Math.min(a.height, top + windowPx);
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    const otherY = Math.min(b.height - 1, Math.max(0, y + dy));
    for (let x = left; x < right; x++) {
      const otherX = Math.min(b.width - 1, Math.max(0, x + dx));
      const at = 3 * (y * a.width + x);
      const other = 3 * (otherY * b.width + otherX);
      sum +=
        Math.abs((a.data[at] as number) - (b.data[other] as number)) +
        Math.abs((a.data[at + 1] as number) - (b.data[other + 1] as number)) +
        Math.abs((a.data[at + 2] as number) - (b.data[other + 2] as number));
    }
  }
  return sum / (3 * (right - left) * (bottom - top));
}

/** Mean of 3 × 3 pixels: takes off the noise of compression and the sharpness of resampling. */
function smooth(plane: Plane): Plane {
  const { width, height } = plane;
  const rows = new Float32Array(plane.data.length);
  const data = new Float32Array(plane.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const before = 3 * (y * width + Math.max(0, x - 1));
      const at = 3 * (y * width + x);
      const after = 3 * (y * width + Math.min(width - 1, x + 1));
      for (let c = 0; c < 3; c++) {
        rows[at + c] =
          ((plane.data[before + c] as number) +
            (plane.data[at + c] as number) +
            (plane.data[after + c] as number)) /
          3;
      }
    }
  }
  const rowLength = 3 * width;
  for (let y = 0; y < height; y++) {
    const above = Math.max(0, y - 1) * rowLength;
    const below = Math.min(height - 1, y + 1) * rowLength;
    for (let i = 0; i < rowLength; i++) {
      data[y * rowLength + i] =
        ((rows[above + i] as number) +
          (rows[y * rowLength + i] as number) +
          (rows[below + i] as number)) /
        3;
    }
  }
  return { ...plane, data };
}
