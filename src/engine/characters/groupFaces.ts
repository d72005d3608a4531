import type { AnnoyModule } from '../../native/annoy.ts';
import { agglomerate, type FaceGraph, type Links } from './agglomerate.ts';
import { findNeighbours, type Neighbours, type VectorMatrix } from './neighbours.ts';

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
}

const neighboursWanted = 24;
/** Centred cosine at which two neighbours are as likely one character as two. */
const evenCosine = 0.45;
/** Log-odds for each unit of cosine beside it. */
const slope = 12;
/** Weight of a pair that are not neighbours: they are rather different, but one may have missed the other. */
const absentWeight = -2;

/**
 * Groups faces by character: mutual neighbours by centred cosine, joined by average linkage under
 * what people decided. Deterministic.
 */
export async function groupFaces(
  faces: FacesToGroup,
  decisions: FaceDecisions,
  annoy: AnnoyModule | undefined,
  signal: AbortSignal,
): Promise<GroupedFaces> {
  const centred = centre(faces.identities);
  const neighbours = await findNeighbours(centred, neighboursWanted, annoy, signal);
  const graph = mutualGraph(faces.stableIds.length, neighbours);
  const labels = agglomerate(graph, linksOf(faces, decisions));
  return describe(faces, labels, centred);
}

/** The vectors less their mean, of unit length again: what all faces share tells nobody apart. */
function centre({ dimension, values }: VectorMatrix): VectorMatrix {
  const count = values.length / dimension;
  const mean = new Float64Array(dimension);
  for (let i = 0; i < values.length; i++) {
    mean[i % dimension] = (mean[i % dimension] as number) + (values[i] as number) / count;
  }
  // Of a few faces the mean is more of each of them than of what they share.
  const share = count / (count + 50);
  const centred = new Float32Array(values.length);
  for (let row = 0; row < count; row++) {
    const at = row * dimension;
    let length = 0;
    for (let i = 0; i < dimension; i++) {
      const value = (values[at + i] as number) - share * (mean[i] as number);
      centred[at + i] = value;
      length += value * value;
    }
    const scale = length > 0 ? 1 / Math.sqrt(length) : 0;
    for (let i = 0; i < dimension; i++) {
      centred[at + i] = (centred[at + i] as number) * scale;
    }
  }
  return { dimension, values: centred };
}

/** An edge for each pair of which both are among the other's neighbours. */
function mutualGraph(count: number, { perRow, rows, cosines }: Neighbours): FaceGraph {
  const from: number[] = [];
  const to: number[] = [];
  const weights: number[] = [];
  for (let row = 0; row < count; row++) {
    for (let place = row * perRow; place < (row + 1) * perRow; place++) {
      const other = rows[place] as number;
      // Each pair once, from its lesser end.
      if (other > row && rows.subarray(other * perRow, (other + 1) * perRow).includes(row)) {
        from.push(row);
        to.push(other);
        weights.push(slope * ((cosines[place] as number) - evenCosine));
      }
    }
  }
  return {
    count,
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    weights: Float32Array.from(weights),
    absent: absentWeight,
  };
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
function groupRows(values: readonly number[]): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  for (const [row, value] of values.entries()) {
    const known = rows.get(value);
    if (known === undefined) {
      rows.set(value, [row]);
    } else {
      known.push(row);
    }
  }
  return rows;
}

/** The clusters of the labels, and for each face how near it is to the mean of its cluster. */
function describe(
  { stableIds }: FacesToGroup,
  labels: Int32Array,
  { dimension, values }: VectorMatrix,
): GroupedFaces {
  const scores = new Map<number, number>();
  const clusters = [...groupRows([...labels]).values()].map((rows) => {
    const mean = new Float32Array(dimension);
    for (const row of rows) {
      for (let i = 0; i < dimension; i++) {
        mean[i] = (mean[i] as number) + (values[row * dimension + i] as number);
      }
    }
    const length = Math.hypot(...mean);
    for (const row of rows) {
      let sum = 0;
      for (let i = 0; i < dimension; i++) {
        sum += (mean[i] as number) * (values[row * dimension + i] as number);
      }
      const score = length > 0 ? Math.min(1, Math.max(0, sum / length)) : 1;
      scores.set(stableIds[row] as number, score);
    }
    const ids = [...new Set(rows.map((row) => stableIds[row] as number))];
    return ids.sort((a, b) => (scores.get(b) as number) - (scores.get(a) as number) || a - b);
  });
  return { clusters, scores };
}
