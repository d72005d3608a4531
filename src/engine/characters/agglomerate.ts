/**
 * Evidence about pairs of faces as a sparse graph: `weights` are log-odds that both ends are one
 * character, positive for "rather the same". Pairs without an edge weigh `absent` each.
 */
export interface FaceGraph {
  /** Faces are numbered 0…count − 1. */
  readonly count: number;
  /** Ends of the edges; each pair at most once, and never a face with itself. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weights: Float32Array;
  readonly absent: number;
}

export interface Links {
  /** Faces that are one character whatever the graph says. */
  readonly together: readonly (readonly number[])[];
  /** Pairs of faces that are two characters; `together` goes before it. */
  readonly apart: readonly (readonly [number, number])[];
}

interface Candidate {
  readonly a: number;
  readonly b: number;
  readonly weight: number;
  /** Sizes when it was entered: a cluster that has grown since has newer entries. */
  readonly sizeA: number;
  readonly sizeB: number;
}

/**
 * Average-linkage clustering that honours links: the two clusters with the highest mean weight
 * over all pairs of their faces are joined for as long as that mean is positive. The number of
 * clusters follows from the weights.
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

interface Evidence {
  sum: number;
  edges: number;
}

/** Clusters under way; each is known by one of its faces, its root. */
class Clusters {
  readonly #parents: Int32Array;
  readonly #sizes: Int32Array;
  readonly #absent: number;
  /** By root: the evidence between it and other roots. Both ends share the record. */
  readonly #neighbours: Map<number, Evidence>[];
  readonly #apart = new Map<number, Set<number>>();

  constructor({ count, from, to, weights, absent }: FaceGraph) {
    this.#parents = Int32Array.from({ length: count }, (_, face) => face);
    this.#sizes = new Int32Array(count).fill(1);
    this.#absent = absent;
    this.#neighbours = Array.from({ length: count }, () => new Map());
    for (let edge = 0; edge < from.length; edge++) {
      const evidence = { sum: weights[edge] as number, edges: 1 };
      this.#neighboursOf(from[edge] as number).set(to[edge] as number, evidence);
      this.#neighboursOf(to[edge] as number).set(from[edge] as number, evidence);
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
    for (const [other, evidence] of this.#neighboursOf(gone)) {
      const others = this.#neighboursOf(other);
      others.delete(gone);
      if (other !== root) {
        const known = own.get(other);
        const joined = {
          sum: evidence.sum + (known?.sum ?? 0),
          edges: evidence.edges + (known?.edges ?? 0),
        };
        own.set(other, joined);
        others.set(root, joined);
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
    return root;
  }

  *candidates(): Generator<Candidate> {
    for (const [root] of this.#neighbours.entries()) {
      for (const candidate of this.candidatesOf(root)) {
        if (candidate.a < candidate.b) {
          yield candidate;
        }
      }
    }
  }

  /** Joins of the cluster with others that would be right rather than wrong. */
  *candidatesOf(a: number): Generator<Candidate> {
    const sizeA = this.#sizes[a] as number;
    for (const [b, { sum, edges }] of this.#neighboursOf(a)) {
      const sizeB = this.#sizes[b] as number;
      const pairs = sizeA * sizeB;
      const weight = (sum + this.#absent * (pairs - edges)) / pairs;
      if (weight > 0 && !this.areApart(a, b)) {
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

  #neighboursOf(root: number): Map<number, Evidence> {
    return this.#neighbours[root] as Map<number, Evidence>;
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

/** Candidates by falling weight; equal ones by their faces, so that the same graph gives the same clusters. */
class CandidateHeap {
  readonly #items: Candidate[] = [];

  push(candidate: Candidate): void {
    const items = this.#items;
    let at = items.length;
    items.push(candidate);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(candidate, items[parent] as Candidate)) {
        break;
      }
      items[at] = items[parent] as Candidate;
      at = parent;
    }
    items[at] = candidate;
  }

  pop(): Candidate | undefined {
    const items = this.#items;
    const [first] = items;
    const last = items.pop();
    if (last === undefined || items.length === 0) {
      return first;
    }
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) {
        break;
      }
      const right = child + 1;
      if (right < items.length && isBefore(items[right] as Candidate, items[child] as Candidate)) {
        child = right;
      }
      if (!isBefore(items[child] as Candidate, last)) {
        break;
      }
      items[at] = items[child] as Candidate;
      at = child;
    }
    items[at] = last;
    return first;
  }
}

function isBefore(one: Candidate, other: Candidate): boolean {
  return (
    one.weight > other.weight ||
    (one.weight === other.weight && (one.a < other.a || (one.a === other.a && one.b < other.b)))
  );
}
