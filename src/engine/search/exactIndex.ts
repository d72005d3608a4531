/** Vectors that share an array: one each would cost an object, a buffer and an allocation each. */
const blockVectors = 1_024;

/** Exact search over vectors of equal length: every one is compared. */
export class ExactIndex {
  readonly #dimension: number;
  readonly #blocks: Float32Array[] = [];
  readonly #places = new Map<number, number>();
  /** Ids by place; 0 where the place is free. */
  readonly #ids: number[] = [];
  readonly #free: number[] = [];

  constructor(dimension: number) {
    this.#dimension = dimension;
  }

  get size(): number {
    return this.#places.size;
  }

  /** In no order; ids may be removed while they are gone through. */
  ids(): Iterable<number> {
    return this.#places.keys();
  }

  has(id: number): boolean {
    return this.#places.has(id);
  }

  get(id: number): Float32Array | undefined {
    const place = this.#places.get(id);
    if (place === undefined) {
      return undefined;
    }
    const at = (place % blockVectors) * this.#dimension;
    const block = this.#blocks[Math.floor(place / blockVectors)] as Float32Array;
    return block.subarray(at, at + this.#dimension);
  }

  add(id: number, vector: Float32Array): void {
    const place = this.#places.get(id) ?? this.#free.pop() ?? this.#ids.length;
    const block = Math.floor(place / blockVectors);
    this.#blocks[block] ??= new Float32Array(blockVectors * this.#dimension);
    this.#blocks[block].set(vector, (place % blockVectors) * this.#dimension);
    this.#places.set(id, place);
    this.#ids[place] = id;
  }

  remove(id: number): void {
    const place = this.#places.get(id);
    if (place !== undefined) {
      this.#places.delete(id);
      this.#ids[place] = 0;
      this.#free.push(place);
    }
  }

  /** The same without the ids that are dropped, in no more memory than it needs. */
  without(isDropped: (id: number) => boolean): ExactIndex {
    const kept = new ExactIndex(this.#dimension);
    for (const id of this.#places.keys()) {
      const vector = this.get(id);
      if (vector !== undefined && !isDropped(id)) {
        kept.add(id, vector);
      }
    }
    return kept;
  }

  nearest(query: Float32Array, count: number): { id: number; score: number }[] {
    const scores = this.#compare(query);
    // Numbers alone are sorted much faster than pairs of an id and a score.
    const least = scores.toSorted().at(-count) ?? -Infinity;
    const found: { id: number; score: number }[] = [];
    for (const [place, score] of scores.entries()) {
      const id = this.#ids[place] as number;
      if (score >= least && id !== 0) {
        found.push({ id, score });
      }
    }
    found.sort((a, b) => b.score - a.score || a.id - b.id);
    return found.slice(0, count);
  }

  /** Scores by place; a free place has none that counts. */
  #compare(query: Float32Array): Float64Array {
    const scores = new Float64Array(this.#ids.length).fill(-Infinity);
    for (const place of this.#places.values()) {
      const block = this.#blocks[Math.floor(place / blockVectors)] as Float32Array;
      const at = (place % blockVectors) * this.#dimension;
      let sum = 0;
      for (let i = 0; i < query.length; i++) {
        sum += (query[i] as number) * (block[at + i] as number);
      }
      scores[place] = sum;
    }
    return scores;
  }
}
