import type { RetrievalItem, Scores } from './retrieval.ts';

export interface PairMeasures {
  readonly pairs: number;
  readonly samePairs: number;
  /** At the manifest's threshold; same and different pairs weigh alike in sum. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** The threshold that would have been best on these very pairs, and its F1. */
  readonly bestThreshold: number;
  readonly bestF1: number;
}

/** Cosines are counted in bins of this width: sets have millions of pairs. */
const bins = 2_000;
const binOf = (cosine: number) =>
  Math.min(bins - 1, Math.max(0, Math.floor(((cosine + 1) / 2) * bins)));

/** How often which cosine came, for pairs of the same and of different characters. */
export class PairHistogram {
  readonly #same = new Float64Array(bins);
  readonly #different = new Float64Array(bins);

  /** Adds every pair of different drawings once. */
  add(items: readonly RetrievalItem[], scoresOf: Scores): void {
    for (const [i, a] of items.entries()) {
      const scores = scoresOf(i);
      for (let j = i + 1; j < items.length; j++) {
        const b = items[j] as RetrievalItem;
        if (a.artwork !== b.artwork) {
          const counts = a.label === b.label ? this.#same : this.#different;
          const bin = binOf(scores[j] as number);
          counts[bin] = (counts[bin] as number) + 1;
        }
      }
    }
  }

  measure(threshold: number): PairMeasures | null {
    const samePairs = this.#same.reduce((sum, count) => sum + count, 0);
    const differentPairs = this.#different.reduce((sum, count) => sum + count, 0);
    if (samePairs === 0 || differentPairs === 0) {
      return null;
    }
    const balance = samePairs / differentPairs;
    let hits = 0;
    let alarms = 0;
    let best = { f1: 0, bin: bins };
    let shipped = { precision: 0, recall: 0, f1: 0 };
    for (let bin = bins - 1; bin >= 0; bin--) {
      hits += this.#same[bin] as number;
      alarms += balance * (this.#different[bin] as number);
      const f1 = (2 * hits) / (hits + alarms + samePairs);
      if (f1 > best.f1) {
        best = { f1, bin };
      }
      if (bin === binOf(threshold)) {
        const precision = hits + alarms === 0 ? 0 : hits / (hits + alarms);
        shipped = { precision, recall: hits / samePairs, f1 };
      }
    }
    return {
      pairs: samePairs + differentPairs,
      samePairs,
      ...shipped,
      bestThreshold: (2 * best.bin) / bins - 1,
      bestF1: best.f1,
    };
  }

  /** Stated against observed share of "same character", in tenths of the stated one. */
  reliability(probability: (cosine: number) => number): ReliabilityBin[] {
    const total = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0);
    const balance = total(this.#same) / Math.max(1, total(this.#different));
    const rows = Array.from({ length: 10 }, () => ({ weight: 0, stated: 0, same: 0 }));
    for (let bin = 0; bin < bins; bin++) {
      const stated = probability((2 * (bin + 0.5)) / bins - 1);
      const row = rows[Math.min(9, Math.floor(10 * stated))];
      const same = this.#same[bin] as number;
      const weight = same + balance * (this.#different[bin] as number);
      if (row !== undefined) {
        row.weight += weight;
        row.stated += weight * stated;
        row.same += same;
      }
    }
    return rows
      .filter(({ weight }) => weight > 0)
      .map(({ weight, stated, same }) => ({ stated: stated / weight, observed: same / weight }));
  }
}

export interface ReliabilityBin {
  /** Mean probability that was stated, and share of pairs that were the same character. */
  readonly stated: number;
  readonly observed: number;
}
