/** Whether the ascending ids hold this one: a quarter of a set's memory, and nothing to build. */
export function hasId(sorted: Int32Array, id: number): boolean {
  return placeOf(sorted, id) >= 0;
}

/** Where among the ascending ids this one is; −1 where it is not. */
export function placeOf(sorted: Int32Array, id: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return sorted[low] === id ? low : -1;
}

/** The ids of one ascending list that another lacks, ascending. */
export function idsMissingFrom(sorted: Int32Array, ids: Int32Array): Int32Array {
  const missing: number[] = [];
  let at = 0;
  for (const id of ids) {
    while (at < sorted.length && (sorted[at] as number) < id) {
      at++;
    }
    if (sorted[at] !== id) {
      missing.push(id);
    }
  }
  return Int32Array.from(missing);
}
