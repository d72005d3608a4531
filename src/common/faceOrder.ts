import { area, type Box } from './geometry.ts';

interface OrderedFace {
  readonly box: Box;
}

interface ScoredFace extends OrderedFace {
  /** Detector score 0…1; 1 for a face drawn by hand. */
  readonly score: number;
}

/** A face counts as certain with this part of the best score; below it may be a belly or an emblem. */
const withinReach = 0.7;

/** The face to search by unless somebody chooses: the largest of those that are nearly as certain as the best. */
export function mainFace<F extends ScoredFace>(faces: readonly F[]): F | undefined {
  const best = Math.max(...faces.map(({ score }) => score));
  const [main] = faces
    .filter(({ score }) => score >= withinReach * best)
    .toSorted((a, b) => area(b.box) - area(a.box) || b.score - a.score);
  return main;
}

/**
 * Faces in the order in which they are numbered, as people read: left to right within rows. Faces are in
 * one row when their middles are less than half a face apart.
 */
export function inReadingOrder<F extends OrderedFace>(faces: readonly F[]): F[] {
  const rows: F[][] = [];
  const middle = ({ box }: F) => box.y + box.height / 2;
  for (const face of faces.toSorted((a, b) => middle(a) - middle(b))) {
    const row = rows.at(-1);
    const first = row?.[0];
    if (row && first && middle(face) - middle(first) < first.box.height / 2) {
      row.push(face);
    } else {
      rows.push([face]);
    }
  }
  return rows.flatMap((row) => row.toSorted((a, b) => a.box.x - b.box.x));
}
