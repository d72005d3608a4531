import { dot } from '../../common/vector.ts';
import type { AnnoyModule } from '../../native/annoy.ts';

/** Unit vectors one after another. */
export interface VectorMatrix {
  readonly dimension: number;
  readonly values: Float32Array;
}

/** The nearest of each row, best first: `perRow` entries a row, −1 where there are fewer. */
export interface Neighbours {
  readonly perRow: number;
  readonly rows: Int32Array;
  readonly cosines: Float32Array;
}

/** Up to so many vectors comparing all of them takes less time than building a forest. */
const comparedWhole = 1_000;
const trees = 12;
/** Vectors that the trees choose for each of the neighbours wanted. */
const searchedEach = 100;
/** Searches under way at once: some processors are to be left for what a person waits for. */
const concurrency = 2;

/**
 * The most alike other rows of each row.
 *
 * @param annoy undefined where there is no native index: all rows are compared.
 */
export async function findNeighbours(
  matrix: VectorMatrix,
  count: number,
  annoy: AnnoyModule | undefined,
  signal: AbortSignal,
): Promise<Neighbours> {
  const rows = rowCount(matrix);
  const perRow = Math.max(0, Math.min(count, rows - 1));
  const found: Neighbours = {
    perRow,
    rows: new Int32Array(rows * perRow).fill(-1),
    cosines: new Float32Array(rows * perRow),
  };
  if (perRow === 0) {
    return found;
  }
  if (annoy === undefined || rows <= comparedWhole) {
    compareAll(matrix, found, signal);
  } else {
    await searchForest(matrix, found, annoy, signal);
  }
  return found;
}

/** One vector of a matrix; it shares the matrix's memory. */
export function rowOf({ dimension, values }: VectorMatrix, row: number): Float32Array {
  return values.subarray(row * dimension, (row + 1) * dimension);
}

export function rowCount({ dimension, values }: VectorMatrix): number {
  return values.length / dimension;
}

function compareAll(
  matrix: VectorMatrix,
  { perRow, rows, cosines }: Neighbours,
  signal: AbortSignal,
) {
  const count = rowCount(matrix);
  const vectors = Array.from({ length: count }, (_, row) => rowOf(matrix, row));
  const scores = new Float64Array(count);
  for (const [row, vector] of vectors.entries()) {
    signal.throwIfAborted();
    for (const [other, candidate] of vectors.entries()) {
      scores[other] = other === row ? -Infinity : dot(vector, candidate);
    }
    // Numbers alone are sorted much faster than pairs of a row and a score.
    const least = scores.toSorted()[count - perRow] as number;
    const best = [...scores.keys()].filter((other) => (scores[other] as number) >= least);
    best.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
    for (const [place, other] of best.slice(0, perRow).entries()) {
      rows[row * perRow + place] = other;
      cosines[row * perRow + place] = scores[other] as number;
    }
  }
}

async function searchForest(
  matrix: VectorMatrix,
  { perRow, rows, cosines }: Neighbours,
  annoy: AnnoyModule,
  signal: AbortSignal,
): Promise<void> {
  const count = rowCount(matrix);
  const forest = new annoy.AnnoyIndex(matrix.dimension);
  try {
    for (let row = 0; row < count; row++) {
      forest.add(rowOf(matrix, row));
    }
    await forest.build(trees, 1);
    let next = 0;
    const work = async () => {
      while (next < count) {
        const row = next++;
        signal.throwIfAborted();
        const query = rowOf(matrix, row);
        const found = await forest.nearest(query, perRow + 1, searchedEach * perRow);
        const others = [...found].flatMap((other) =>
          other === row ? [] : [{ other, cosine: dot(query, rowOf(matrix, other)) }],
        );
        others.sort((a, b) => b.cosine - a.cosine || a.other - b.other);
        for (const [place, { other, cosine }] of others.slice(0, perRow).entries()) {
          rows[row * perRow + place] = other;
          cosines[row * perRow + place] = cosine;
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
  } finally {
    forest.unload();
  }
}
