/**
 * Leave-one-out retrieval: every item asks for its like among all others; items of the same
 * artwork are the same drawing and are neither hits nor misses.
 */
export interface RetrievalItem {
  readonly label: string;
  readonly artwork: string;
}

export interface Retrieval {
  /** Share of queries whose first result is right. */
  readonly recall1: number;
  /** Mean over queries of the average precision. */
  readonly mAP: number;
  /** Items with at least one other drawing to find. */
  readonly queries: number;
}

export interface QueryResult {
  readonly query: number;
  readonly averagePrecision: number;
  readonly firstIsRight: boolean;
}

/** Similarity of item `i` to every item; the array may be used again by the next call. */
export type Scores = (i: number) => Float32Array;

export interface RetrievalOptions {
  /** Which items ask; all can be found. */
  readonly asks?: (i: number) => boolean;
}

/** Index of the first element above `value` in an ascending array. */
function upperBound(sorted: Float32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) > value) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

function askOne(items: readonly RetrievalItem[], query: number, scores: Float32Array) {
  const { label, artwork } = items[query] as RetrievalItem;
  const candidates = new Float32Array(items.length);
  const relevant: number[] = [];
  let count = 0;
  for (const [i, item] of items.entries()) {
    if (item.artwork !== artwork) {
      const score = scores[i] as number;
      candidates[count++] = score;
      if (item.label === label) {
        relevant.push(score);
      }
    }
  }
  if (relevant.length === 0) {
    return undefined;
  }
  const sorted = candidates.subarray(0, count).sort();
  relevant.sort((a, b) => b - a);
  let sum = 0;
  let firstRank = 0;
  for (const [k, score] of relevant.entries()) {
    // Equal scores share the best rank, which cannot be better than the hits before it.
    const rank = Math.max(k + 1, count - upperBound(sorted, score) + 1);
    firstRank ||= rank;
    sum += (k + 1) / rank;
  }
  return { query, averagePrecision: sum / relevant.length, firstIsRight: firstRank === 1 };
}

export function retrieveEach(
  items: readonly RetrievalItem[],
  scoresOf: Scores,
  { asks = () => true }: RetrievalOptions = {},
): QueryResult[] {
  return items.flatMap((_, query) =>
    asks(query) ? (askOne(items, query, scoresOf(query)) ?? []) : [],
  );
}

export function summarise(results: readonly QueryResult[]): Retrieval | null {
  if (results.length === 0) {
    return null;
  }
  return {
    recall1: results.filter(({ firstIsRight }) => firstIsRight).length / results.length,
    mAP: results.reduce((sum, one) => sum + one.averagePrecision, 0) / results.length,
    queries: results.length,
  };
}

/** The other drawings that are most like the query, best first. */
export function topResults(
  items: readonly RetrievalItem[],
  query: number,
  scores: Float32Array,
  count: number,
): number[] {
  const artwork = items[query]?.artwork;
  return Array.from(items.keys())
    .filter((i) => items[i]?.artwork !== artwork)
    .sort((a, b) => (scores[b] as number) - (scores[a] as number))
    .slice(0, count);
}
