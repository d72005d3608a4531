import { dot } from '../../common/vector.ts';
import type { Links } from './agglomerate.ts';
import { type Neighbours, rowCount, rowOf, type VectorMatrix } from './neighbours.ts';

/**
 * Cosine of two identity vectors from which on they are taken for variants of one drawing: another
 * expression, size or colour of the same sprite.
 */
const variantCosine = 0.95;

export interface Drawings {
  /** The face that stands for each drawing. */
  readonly heads: readonly number[];
  /** The drawing of each face, as its place in `heads`. */
  readonly drawingOf: readonly number[];
  /** The links between faces as links between drawings. */
  readonly links: Links;
}

/**
 * Puts variants of one drawing together, each beside the head of its drawing, so that no chain of
 * them leads elsewhere. Without it a stack of sprites would fill all places among the neighbours of
 * each, and none of them would meet another picture of the character. Faces that are apart, or
 * together with such, are never variants of each other.
 */
export function joinVariants(
  identities: VectorMatrix,
  { perRow, rows }: Neighbours,
  links: Links,
): Drawings {
  const count = rowCount(identities);
  const groupOf = unite(count, links.together);
  const apart = new Map<number, Set<number>>();
  for (const [a, b] of links.apart) {
    setOf(apart, groupOf(a)).add(groupOf(b));
    setOf(apart, groupOf(b)).add(groupOf(a));
  }
  const drawingOf = new Array<number>(count).fill(-1);
  const heads: number[] = [];
  for (let row = 0; row < count; row++) {
    if (drawingOf[row] !== -1) {
      continue;
    }
    const drawing = heads.push(row) - 1;
    drawingOf[row] = drawing;
    // Who is apart from one face of the drawing is apart from all.
    const excluded = new Set(apart.get(groupOf(row)));
    for (const other of rows.subarray(row * perRow, (row + 1) * perRow)) {
      const isVariant =
        drawingOf[other] === -1 &&
        !excluded.has(groupOf(other)) &&
        dot(rowOf(identities, row), rowOf(identities, other)) >= variantCosine;
      if (isVariant) {
        drawingOf[other] = drawing;
        for (const group of apart.get(groupOf(other)) ?? []) {
          excluded.add(group);
        }
      }
    }
  }
  const toDrawing = (face: number) => drawingOf[face] as number;
  return {
    heads,
    drawingOf,
    links: {
      together: links.together.map((faces) => faces.map(toDrawing)),
      apart: links.apart.map(([a, b]): [number, number] => [toDrawing(a), toDrawing(b)]),
    },
  };
}

/** For each face the least one of those that are together with it. */
function unite(count: number, together: Links['together']): (face: number) => number {
  const parents = Int32Array.from({ length: count }, (_, face) => face);
  const rootOf = (face: number) => {
    let root = face;
    while (parents[root] !== root) {
      root = parents[root] as number;
    }
    return root;
  };
  for (const [first, ...others] of together) {
    for (const other of others) {
      const [a, b] = [rootOf(first as number), rootOf(other)];
      parents[Math.max(a, b)] = Math.min(a, b);
    }
  }
  return rootOf;
}

function setOf(sets: Map<number, Set<number>>, key: number): Set<number> {
  let set = sets.get(key);
  if (set === undefined) {
    set = new Set();
    sets.set(key, set);
  }
  return set;
}
