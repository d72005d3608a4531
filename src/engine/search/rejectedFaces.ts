import { dot } from '../../common/vector.ts';
import type { LibraryStore } from '../library/libraryStore.ts';

/**
 * Faces with at least this cosine are look-alikes: the same drawing, or a sprite with another
 * expression. *Not the Same Character* counts for those too. Of 39,174 pairs of different characters
 * (cards, streams, game icons) one was a look-alike; of 121 pairs of one artwork, and of sprites in
 * one outfit, seven in ten.
 */
const lookAlikeCosine = 0.85;

/** Faces that a person said are not the character of a query's face. */
export interface RejectedFaces {
  /** Their stable ids. */
  readonly rejected: ReadonlySet<number>;
  /** Their unit identity vectors, for look-alikes. */
  readonly rejectedVectors: readonly Float32Array[];
}

export const nothingRejected: RejectedFaces = { rejected: new Set(), rejectedVectors: [] };

interface QueryFace {
  /** Null for a face that is not in the library: it has the rejections of its look-alikes. */
  readonly stableId: number | null;
  readonly identity: Float32Array;
}

/** What was rejected for the face, or for a face that it looks like. */
export function rejectedFaces(
  { decisions, decidedFaces }: LibraryStore,
  modelRevision: string,
  query: QueryFace,
): RejectedFaces {
  const pairs = decisions.table.listKind('not-same').map(({ faces }) => faces);
  if (pairs.length === 0) {
    return nothingRejected;
  }
  const vectors = decidedFaces.vectors(pairs.flat(), modelRevision, query.identity.length);
  const rejected = new Set<number>();
  const rejectedVectors: Float32Array[] = [];
  for (const [one, other] of pairs) {
    for (const [own, foreign] of [
      [one, other],
      [other, one],
    ]) {
      if (own !== undefined && foreign !== undefined && isOwn(query, own, foreign, vectors)) {
        rejected.add(foreign);
        rejectedVectors.push(...(vectors.get(foreign) ?? []));
      }
    }
  }
  return { rejected, rejectedVectors };
}

/** Whether the query is the first face of a rejected pair, or looks like it more than like the second. */
function isOwn(
  { stableId, identity }: QueryFace,
  own: number,
  foreign: number,
  vectors: ReadonlyMap<number, readonly Float32Array[]>,
): boolean {
  if (stableId === own || stableId === foreign) {
    return stableId === own;
  }
  const likeness = (face: number) =>
    Math.max(-1, ...(vectors.get(face) ?? []).map((vector) => dot(identity, vector)));
  return likeness(own) >= lookAlikeCosine && likeness(own) > likeness(foreign);
}

/**
 * Whether a face is one of the rejected, or looks like one of them more than like the query.
 *
 * @param cosine that of the face and the query
 */
export function isRejected(
  face: { readonly stableId: number; readonly identity: Float32Array },
  cosine: number,
  { rejected, rejectedVectors }: RejectedFaces,
): boolean {
  return (
    rejected.has(face.stableId) ||
    rejectedVectors.some((vector) => {
      const likeness = dot(vector, face.identity);
      return likeness >= lookAlikeCosine && likeness > cosine;
    })
  );
}
