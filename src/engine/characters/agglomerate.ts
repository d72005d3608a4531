import { type Candidate, CandidateHeap } from './candidateHeap.ts';
import type { VectorMatrix } from './neighbours.ts';

/** Faces to be joined: their vectors, and the pairs that are looked at first. */
export interface FaceGraph {
  /** One row of unit length for each face. */
  readonly vectors: VectorMatrix;
  /** Ends of the pairs: faces that are near each other. Others can meet only by these. */
  readonly from: ArrayLike<number>;
  readonly to: ArrayLike<number>;
  /** Mean cosine above which two clusters are one character. */
  readonly threshold: number;
}

export interface Links {
  /** Faces that are one character whatever the vectors say. */
  readonly together: readonly (readonly number[])[];
  /** Pairs of faces that are two characters; `together` goes before it. */
  readonly apart: readonly (readonly [number, number])[];
}

/**
 * Average-linkage clustering (UPGMA) that honours links: the two clusters with the highest mean
 * cosine over all pairs of their faces are joined for as long as that mean is above the threshold,
 * so that their number follows from the faces. The mean over all pairs is exact: it is the dot
 * product of the two sums of vectors. Deterministic.
 *
 * @returns the cluster of each face, named by its least face
 */
export function agglomerate(graph: FaceGraph, links: Links): Int32Array {
  const clusters = new Clusters(graph);
  for (const [first, ...others] of links.together) {
    for (const other of others) {
      clusters.join(clusters.rootOf(first as number), clusters.rootOf(other));
    }
  }
  for (const [a, b] of links.apart) {
    clusters.keepApart(clusters.rootOf(a), clusters.rootOf(b));
  }
  const queue = new CandidateHeap();
  for (const candidate of clusters.candidates()) {
    queue.push(candidate);
  }
  for (let best = queue.pop(); best !== undefined; best = queue.pop()) {
    if (clusters.isCurrent(best) && !clusters.areApart(best.a, best.b)) {
      const root = clusters.join(best.a, best.b);
      for (const candidate of clusters.candidatesOf(root)) {
        queue.push(candidate);
      }
    }
  }
  return clusters.labels();
}

/** Clusters under way; each is known by one of its faces, its root. */
class Clusters {
  readonly #parents: Int32Array;
  readonly #sizes: Int32Array;
  readonly #threshold: number;
  readonly #dimension: number;
  /** By root: the sum of its faces' vectors. */
  readonly #sums: Float32Array;
  readonly #neighbours: Set<number>[];
  readonly #apart = new Map<number, Set<number>>();

  constructor({ vectors, from, to, threshold }: FaceGraph) {
    const count = vectors.values.length / vectors.dimension;
    this.#parents = Int32Array.from({ length: count }, (_, face) => face);
    this.#sizes = new Int32Array(count).fill(1);
    this.#threshold = threshold;
    this.#dimension = vectors.dimension;
    this.#sums = vectors.values.slice();
    this.#neighbours = Array.from({ length: count }, () => new Set());
    for (let pair = 0; pair < from.length; pair++) {
      this.#neighboursOf(from[pair] as number).add(to[pair] as number);
      this.#neighboursOf(to[pair] as number).add(from[pair] as number);
    }
  }

  rootOf(face: number): number {
    let root = face;
    while (this.#parents[root] !== root) {
      // Every second step is shortened, so that paths stay short.
      this.#parents[root] = this.#parents[this.#parents[root] as number] as number;
      root = this.#parents[root] as number;
    }
    return root;
  }

  keepApart(a: number, b: number): void {
    if (a !== b) {
      this.#apartFrom(a).add(b);
      this.#apartFrom(b).add(a);
    }
  }

  areApart(a: number, b: number): boolean {
    return this.#apart.get(a)?.has(b) === true;
  }

  /** Whether both clusters are as they were when the candidate was entered. */
  isCurrent({ a, b, sizeA, sizeB }: Candidate): boolean {
    return (
      this.#parents[a] === a &&
      this.#parents[b] === b &&
      this.#sizes[a] === sizeA &&
      this.#sizes[b] === sizeB
    );
  }

  /** @returns the root of what both have become. */
  join(a: number, b: number): number {
    if (a === b) {
      return a;
    }
    // The one with fewer neighbours is moved over.
    const isSmaller = this.#neighboursOf(a).size < this.#neighboursOf(b).size;
    const [root, gone] = isSmaller ? [b, a] : [a, b];
    const own = this.#neighboursOf(root);
    own.delete(gone);
    for (const other of this.#neighboursOf(gone)) {
      const others = this.#neighboursOf(other);
      others.delete(gone);
      if (other !== root) {
        own.add(other);
        others.add(root);
      }
    }
    this.#neighboursOf(gone).clear();
    for (const other of this.#apart.get(gone) ?? []) {
      this.#apartFrom(other).delete(gone);
      this.keepApart(root, other);
    }
    this.#apart.delete(gone);
    this.#parents[gone] = root;
    this.#sizes[root] = (this.#sizes[root] as number) + (this.#sizes[gone] as number);
    const to = root * this.#dimension;
    const from = gone * this.#dimension;
    for (let i = 0; i < this.#dimension; i++) {
      this.#sums[to + i] = (this.#sums[to + i] as number) + (this.#sums[from + i] as number);
    }
    return root;
  }

  *candidates(): Generator<Candidate> {
    for (const root of this.#neighbours.keys()) {
      for (const candidate of this.candidatesOf(root)) {
        if (candidate.a < candidate.b) {
          yield candidate;
        }
      }
    }
  }

  /** Joins of the cluster with others that are above the threshold. */
  *candidatesOf(a: number): Generator<Candidate> {
    const sizeA = this.#sizes[a] as number;
    for (const b of this.#neighboursOf(a)) {
      const sizeB = this.#sizes[b] as number;
      const weight = this.#dot(a, b) / (sizeA * sizeB);
      if (weight > this.#threshold && !this.areApart(a, b)) {
        yield { a, b, weight, sizeA, sizeB };
      }
    }
  }

  labels(): Int32Array {
    const least = new Map<number, number>();
    return this.#parents.map((_, face) => {
      const root = this.rootOf(face);
      const label = least.get(root) ?? face;
      least.set(root, label);
      return label;
    });
  }

  #dot(a: number, b: number): number {
    const fromA = a * this.#dimension;
    const fromB = b * this.#dimension;
    let sum = 0;
    for (let i = 0; i < this.#dimension; i++) {
      sum += (this.#sums[fromA + i] as number) * (this.#sums[fromB + i] as number);
    }
    return sum;
  }

  #neighboursOf(root: number): Set<number> {
    return this.#neighbours[root] as Set<number>;
  }

  #apartFrom(root: number): Set<number> {
    let others = this.#apart.get(root);
    if (others === undefined) {
      others = new Set();
      this.#apart.set(root, others);
    }
    return others;
  }
}
