export interface IndexStats {
  readonly kind: 'annoy' | 'exact';
  readonly count: number;
  readonly overlay: number;
  readonly tombstones: number;
  readonly bytes: number;
}

/**
 * Comparing codes from front to back takes less time than walking the trees to two thirds of them,
 * which 99 % of the best ten would need: up to so many vectors all are compared, and nothing is
 * missed. Beyond, the trees choose so many that the time stays while recall falls: at a million they
 * find 86 % of the best ten, in the time that all codes would take (`npm run bench`).
 */
const comparedWhole = 1_000_000;
const mostSearchK = 250_000;

/** How many of `count` vectors a search looks at. */
export function searchLimit(count: number): number {
  return count <= comparedWhole ? count : mostSearchK;
}

/** A rebuild is worth it when this many vectors, and this share of all, are outside the forest. */
const rebuildFrom = 2_000;
const rebuildShare = 0.1;

export function isRebuildDue({ count, overlay, tombstones }: IndexStats): boolean {
  return overlay + tombstones > Math.max(rebuildFrom, rebuildShare * count);
}
