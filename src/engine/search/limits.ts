export interface IndexStats {
  readonly kind: 'annoy' | 'exact';
  readonly count: number;
  readonly overlay: number;
  readonly tombstones: number;
  readonly bytes: number;
}

/**
 * Up to so many vectors, comparing the codes of all takes no longer than walking the trees to the
 * share of them that must be compared for the same answers.
 */
export const comparedWhole = 25_000;

/** What the trees must choose of so many vectors, and how that grows with their number. */
const chosen = { of: 25_000, searchK: 10_000, exponent: 0.7 };

/**
 * How many of `count` vectors a search looks at. Above `comparedWhole` a curve through what finds
 * 99 % of the ten best at every weight of the fusion, over vectors mixed from real ones
 * (`test/bench/RESULTS.md`).
 */
export function searchLimit(count: number): number {
  return count <= comparedWhole
    ? count
    : Math.round(chosen.searchK * (count / chosen.of) ** chosen.exponent);
}

/** A rebuild is worth it when this many vectors, and this share of all, are outside the forest. */
const rebuildFrom = 2_000;
const rebuildShare = 0.1;

export function isRebuildDue({ count, overlay, tombstones }: IndexStats): boolean {
  return overlay + tombstones > Math.max(rebuildFrom, rebuildShare * count);
}
