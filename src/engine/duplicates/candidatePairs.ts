import { setImmediate } from 'node:timers/promises';
import { hashDistance, mirrorHash, type PerceptualHash } from '../imaging/fingerprint.ts';

/**
 * Bits of the perceptual hash that copies differ by at most. Of real pictures, those in another size or
 * format, mirrored or in other colours differed by 6 at most, crops by 8 to 32.
 */
const mostHashDistance = 8;
/** How long other work waits at most. */
const sliceMs = 20;

/** Two images by their places in a list, the smaller one first. */
export type Pair = readonly [number, number];

/** Pairs, each once, in the order in which they were added. */
export class PairSet {
  readonly #pairs = new Map<number, Pair>();
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  add(a: number, b: number): void {
    if (a !== b) {
      const pair: Pair = a < b ? [a, b] : [b, a];
      this.#pairs.set(pair[0] * this.#count + pair[1], pair);
    }
  }

  list(): Pair[] {
    return [...this.#pairs.values()];
  }
}

/**
 * Adds the pairs whose perceptual hashes are near, as they are or with one picture mirrored. All
 * pairs are compared, in slices: 10,000 images take about a second.
 */
export async function addByHash(
  hashes: readonly (PerceptualHash | undefined)[],
  pairs: PairSet,
  signal: AbortSignal,
): Promise<void> {
  let since = performance.now();
  for (const [i, hash] of hashes.entries()) {
    if (hash === undefined) {
      continue;
    }
    const mirrored = mirrorHash(hash);
    for (let j = i + 1; j < hashes.length; j++) {
      const other = hashes[j];
      if (other !== undefined && (isNear(hash, other) || isNear(mirrored, other))) {
        pairs.add(i, j);
      }
    }
    if (performance.now() - since > sliceMs) {
      await setImmediate();
      signal.throwIfAborted();
      since = performance.now();
    }
  }
}

function isNear(a: PerceptualHash, b: PerceptualHash): boolean {
  return hashDistance(a, b) <= mostHashDistance;
}
