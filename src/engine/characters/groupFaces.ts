import { dot } from '../../common/vector.ts';
import type { AnnoyModule } from '../../native/annoy.ts';
import { type LibraryNearness, nearnessOf } from '../library/nearness.ts';
import { agglomerate, type Links } from './agglomerate.ts';
import { centre, type LibraryLikeness, measureLikeness } from './faceSpace.ts';
import {
  findNeighbours,
  type Neighbours,
  rowCount,
  rowOf,
  type VectorMatrix,
} from './neighbours.ts';
import { joinVariants } from './variants.ts';

/** What people decided, by stable ids of faces. */
export interface FaceDecisions {
  /** Faces of one group are one character; those of two groups are two. */
  readonly groups: readonly FaceGroup[];
}

export interface FaceGroup {
  readonly faces: readonly number[];
  /** Faces of which a person said that they are somebody else. */
  readonly rejected: readonly number[];
}

export const noDecisions: FaceDecisions = { groups: [] };

export interface FacesToGroup {
  readonly stableIds: readonly number[];
  /** Faces of one image are different characters unless a person says otherwise. */
  readonly imageIds: readonly number[];
  /** One row for each face. */
  readonly identities: VectorMatrix;
}

export interface GroupedFaces {
  /** Faces of each cluster, most typical first; a face that is alone is a cluster of one. */
  readonly clusters: readonly (readonly number[])[];
  /** How sure the place of each face is, 0…1, by stable id. */
  readonly scores: ReadonlyMap<number, number>;
  /** Of the faces in the mean; null where there are not two. */
  readonly nearness: LibraryNearness | null;
}

/** Neighbours by which a face can meet others. */
const neighboursWanted = 30;

/**
 * Groups faces by character: variants of one drawing first, then average linkage of centred cosines
 * down to a threshold that follows from how alike the library's faces are, under what people
 * decided. Deterministic.
 */
export async function groupFaces(
  faces: FacesToGroup,
  decisions: FaceDecisions,
  annoy: AnnoyModule | undefined,
  signal: AbortSignal,
): Promise<GroupedFaces> {
  const centred = centre(faces.identities);
  const find = (matrix: VectorMatrix) => findNeighbours(matrix, neighboursWanted, annoy, signal);
  const links = linksOf(faces, decisions);
  const near = await find(centred);
  const drawings = joinVariants(faces.identities, near, links);
  const heads = pickRows(centred, drawings.heads);
  const hasVariants = drawings.heads.length < rowCount(centred);
  const labels = agglomerate(
    {
      vectors: heads,
      ...pairsOf(hasVariants ? await find(heads) : near),
      threshold: sameThreshold(centred, near),
    },
    drawings.links,
  );
  const drawingLabels = drawings.drawingOf.map((drawing) => labels[drawing] as number);
  return {
    ...describe(faces, drawingLabels, centred),
    nearness: meanNearness(faces.identities, near),
  };
}

/** Fitted on whole sets and parts of them: see the card of the identity model. */
const fitted = { base: 0.091, nearest: 1.576, thirtieth: -0.587, highPair: -1.013 };
const limits = { least: 0.2, most: 0.75 };
/** What suits libraries in the mean, for those that are too small to be measured. */
const usual = { threshold: 0.5, faces: 30 };

/**
 * The mean centred cosine from which on two clusters are taken for one character. Where the nearest
 * faces are very alike the character is drawn much the same each time, and others are alike too;
 * where distant neighbours still are, a few characters have many pictures.
 */
export function thresholdFor(
  { nearest, thirtieth, highPair }: LibraryLikeness,
  faces: number,
): number {
  const threshold =
    fitted.base +
    fitted.nearest * nearest +
    fitted.thirtieth * thirtieth +
    fitted.highPair * highPair;
  const limited = Math.min(limits.most, Math.max(limits.least, threshold));
  return (faces * limited + usual.faces * usual.threshold) / (faces + usual.faces);
}

function sameThreshold(faces: VectorMatrix, neighbours: Neighbours): number {
  // One face, or none: nothing can be joined.
  return neighbours.perRow === 0
    ? 1
    : thresholdFor(measureLikeness(faces, neighbours), rowCount(faces));
}

/** How near the neighbours of a face are in the mean, by their vectors as they are. */
function meanNearness(
  identities: VectorMatrix,
  { perRow, rows }: Neighbours,
): LibraryNearness | null {
  const faces = rowCount(identities);
  if (perRow === 0) {
    return null;
  }
  const sum = { first: 0, fifth: 0, twentieth: 0 };
  for (let row = 0; row < faces; row++) {
    const own = rowOf(identities, row);
    const cosines = Float32Array.from(
      rows.subarray(row * perRow, (row + 1) * perRow).filter((other) => other >= 0),
      (other) => dot(own, rowOf(identities, other)),
    );
    const near = nearnessOf(cosines.sort().reverse());
    sum.first += (near?.first ?? 0) / faces;
    sum.fifth += (near?.fifth ?? 0) / faces;
    sum.twentieth += (near?.twentieth ?? 0) / faces;
  }
  return { faces, ...sum };
}

function pickRows(matrix: VectorMatrix, rows: readonly number[]): VectorMatrix {
  const values = new Float32Array(rows.length * matrix.dimension);
  for (const [place, row] of rows.entries()) {
    values.set(rowOf(matrix, row), place * matrix.dimension);
  }
  return { dimension: matrix.dimension, values };
}

function pairsOf({ perRow, rows }: Neighbours): { from: Int32Array; to: Int32Array } {
  const from: number[] = [];
  const to: number[] = [];
  for (const [place, other] of rows.entries()) {
    if (other >= 0) {
      from.push(Math.floor(place / perRow));
      to.push(other);
    }
  }
  return { from: Int32Array.from(from), to: Int32Array.from(to) };
}

function linksOf({ stableIds, imageIds }: FacesToGroup, { groups }: FaceDecisions): Links {
  const rowsOf = groupRows(stableIds);
  const toRows = (ids: readonly number[]) => ids.flatMap((id) => rowsOf.get(id) ?? []);
  const known = groups.map(({ faces }) => toRows(faces));
  const apart: [number, number][] = [];
  for (const rows of groupRows(imageIds).values()) {
    for (const [place, row] of rows.entries()) {
      apart.push(...rows.slice(place + 1).map((other): [number, number] => [row, other]));
    }
  }
  const heads = known.flatMap(([head]) => head ?? []);
  for (const [place, head] of heads.entries()) {
    apart.push(...heads.slice(place + 1).map((other): [number, number] => [head, other]));
  }
  for (const [place, { rejected }] of groups.entries()) {
    const head = known[place]?.[0];
    if (head !== undefined) {
      apart.push(...toRows(rejected).map((row): [number, number] => [head, row]));
    }
  }
  return { together: [...known, ...rowsOf.values()], apart };
}

/** Rows by their value. */
function groupRows(values: ArrayLike<number>): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  for (let row = 0; row < values.length; row++) {
    const known = rows.get(values[row] as number);
    if (known === undefined) {
      rows.set(values[row] as number, [row]);
    } else {
      known.push(row);
    }
  }
  return rows;
}

/** The clusters of the labels, and for each face how near it is to the mean of its cluster. */
function describe(
  { stableIds }: FacesToGroup,
  labels: ArrayLike<number>,
  centred: VectorMatrix,
): Omit<GroupedFaces, 'nearness'> {
  const { dimension } = centred;
  const scores = new Map<number, number>();
  const clusters = [...groupRows(labels).values()].map((rows) => {
    const mean = new Float32Array(dimension);
    for (const row of rows) {
      for (const [i, value] of rowOf(centred, row).entries()) {
        mean[i] = (mean[i] as number) + value;
      }
    }
    const length = Math.hypot(...mean);
    for (const row of rows) {
      let sum = 0;
      for (const [i, value] of rowOf(centred, row).entries()) {
        sum += (mean[i] as number) * value;
      }
      const score = length > 0 ? Math.min(1, Math.max(0, sum / length)) : 1;
      scores.set(stableIds[row] as number, score);
    }
    const ids = [...new Set(rows.map((row) => stableIds[row] as number))];
    return ids.sort((a, b) => (scores.get(b) as number) - (scores.get(a) as number) || a - b);
  });
  return { clusters, scores };
}
