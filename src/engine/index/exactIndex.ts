import { dot } from '../../base/vector.ts';

/** Exact search over vectors of equal length: every one is compared. */
export class ExactIndex {
  readonly #vectors = new Map<number, Float32Array>();

  get size(): number {
    return this.#vectors.size;
  }

  has(id: number): boolean {
    return this.#vectors.has(id);
  }

  add(id: number, vector: Float32Array): void {
    this.#vectors.set(id, vector);
  }

  remove(id: number): void {
    this.#vectors.delete(id);
  }

  ids(): Iterable<number> {
    return this.#vectors.keys();
  }

  nearest(query: Float32Array, count: number): { id: number; score: number }[] {
    const scored = [...this.#vectors].map(([id, vector]) => ({ id, score: dot(query, vector) }));
    scored.sort((a, b) => b.score - a.score || a.id - b.id);
    return scored.slice(0, count);
  }
}
