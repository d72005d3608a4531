import { normalise } from '../../src/common/vector.ts';

/** Small fast generator with a seed (mulberry32, public domain, T. Ettinger). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers (Box and Muller 1958). */
export function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * Unit vectors in clusters, as embeddings are: most of the variance lies in few directions, and
 * members of one cluster have a cosine of about `likeness`.
 */
export class ClusteredVectors {
  readonly #dimension: number;
  readonly #spread: number;
  readonly #random: () => number;
  readonly #scale: Float32Array;
  readonly #centres: Float32Array[];

  constructor(options: {
    readonly dimension: number;
    readonly clusters: number;
    /** Mean cosine within a cluster, 0…1. */
    readonly likeness: number;
    readonly seed: number;
  }) {
    this.#dimension = options.dimension;
    this.#random = randomFrom(options.seed);
    // A spectrum that falls with the root of the direction's number.
    this.#scale = Float32Array.from(
      { length: options.dimension },
      (_, i) => 1 / Math.sqrt(1 + i / 16),
    );
    // cos = 1 / (1 + spread²) for two noisy copies of one centre.
    this.#spread = Math.sqrt(1 / options.likeness - 1);
    this.#centres = Array.from({ length: options.clusters }, () => this.#draw());
  }

  /** Another member of the cluster. */
  member(cluster: number): Float32Array {
    const centre = this.#centres[cluster % this.#centres.length] as Float32Array;
    const noise = this.#draw();
    return normalise(centre.map((value, i) => value + this.#spread * (noise[i] as number)));
  }

  /** A cluster by chance. */
  anyCluster(): number {
    return Math.floor(this.#random() * this.#centres.length);
  }

  #draw(): Float32Array {
    const raw = new Float32Array(this.#dimension);
    for (let i = 0; i < raw.length; i++) {
      raw[i] = gaussian(this.#random) * (this.#scale[i] as number);
    }
    return normalise(raw);
  }
}
