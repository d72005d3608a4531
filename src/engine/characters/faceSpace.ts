import { dot } from '../../common/vector.ts';
import { type Neighbours, rowCount, rowOf, type VectorMatrix } from './neighbours.ts';

/** Faces of which the mean is known about as well as that of all faces. */
const meanPrior = 50;

/**
 * The vectors less their mean, of unit length again: what all faces of a library share, such as its
 * style, tells nobody apart. Of a few faces the mean is more of each of them than of what they
 * share, and only a part of it is taken.
 */
export function centre(matrix: VectorMatrix): VectorMatrix {
  const { dimension, values } = matrix;
  const count = rowCount(matrix);
  const mean = new Float64Array(dimension);
  for (let i = 0; i < values.length; i++) {
    mean[i % dimension] = (mean[i % dimension] as number) + (values[i] as number);
  }
  const centred = new Float32Array(values.length);
  for (let row = 0; row < count; row++) {
    const at = row * dimension;
    let squares = 0;
    for (let i = 0; i < dimension; i++) {
      const value = (values[at + i] as number) - (mean[i] as number) / (count + meanPrior);
      centred[at + i] = value;
      squares += value * value;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < dimension; i++) {
      centred[at + i] = (centred[at + i] as number) * scale;
    }
  }
  return { dimension, values: centred };
}

/** How alike the faces of a library are. All are centred cosines. */
export interface LibraryLikeness {
  /** Of a face and the face most like it, in the mean. */
  readonly nearest: number;
  /** Of a face and its 30th nearest (or its last), in the mean: high where few characters have many pictures. */
  readonly thirtieth: number;
  /** That only one in forty of all pairs exceeds. */
  readonly highPair: number;
}

const sampledPairs = 20_000;
const highShare = 0.025;

/** Measures a library by its neighbours and a fixed sample of its pairs. */
export function measureLikeness(matrix: VectorMatrix, neighbours: Neighbours): LibraryLikeness {
  const count = rowCount(matrix);
  const { perRow, cosines } = neighbours;
  let nearest = 0;
  let thirtieth = 0;
  for (let row = 0; row < count; row++) {
    nearest += (cosines[row * perRow] as number) / count;
    thirtieth += (cosines[(row + 1) * perRow - 1] as number) / count;
  }
  const pairs: number[] = [];
  const every = Math.max(1, Math.ceil((count * (count - 1)) / 2 / sampledPairs));
  for (let row = 0, place = 0; row < count; row++) {
    for (; place < row; place += every) {
      pairs.push(dot(rowOf(matrix, row), rowOf(matrix, place)));
    }
    place -= row;
  }
  pairs.sort((a, b) => b - a);
  return { nearest, thirtieth, highPair: pairs[Math.floor(highShare * pairs.length)] as number };
}
