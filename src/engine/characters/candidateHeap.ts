/** Two clusters that may be one. */
export interface Candidate {
  readonly a: number;
  readonly b: number;
  readonly weight: number;
  /** Sizes when it was entered: a cluster that has grown since has newer entries. */
  readonly sizeA: number;
  readonly sizeB: number;
}

/** Candidates by falling weight; equal ones by their faces, so that the same graph gives the same clusters. */
export class CandidateHeap {
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
