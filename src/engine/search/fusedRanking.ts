import { dot } from '../../common/vector.ts';
import { isRejected, type RejectedFaces } from './rejectedFaces.ts';

/** A face that is searched by, or the lack of one. */
export interface QueryVector extends RejectedFaces {
  /** Names the face in the answer; null for the whole image. */
  readonly faceId: number | null;
  /** Unit identity vector; null searches by the look alone. */
  readonly identity: Float32Array | null;
  /** Unit style embedding of the query image. */
  readonly look: Float32Array;
}

/** A stored image as the ranking sees it. */
export interface RankedImage {
  readonly id: number;
  readonly look: Float32Array;
  readonly faces: readonly {
    readonly id: number;
    readonly stableId: number;
    readonly identity: Float32Array;
  }[];
}

/** The cosines between one query vector and one image: all that any weight needs. */
export interface Comparison {
  readonly imageId: number;
  readonly queryFaceId: number | null;
  /** The image's face most alike; null where there is none, or none was searched by. */
  readonly faceId: number | null;
  readonly identityCosine: number | null;
  readonly lookCosine: number;
}

/**
 * Compares a query with an image. Among the image's faces the one with the highest identity
 * cosine decides: all of them share the image's look, so it has the highest fused score at
 * every weight.
 */
export function compare(query: QueryVector, image: RankedImage): Comparison {
  let faceId: number | null = null;
  let identityCosine: number | null = null;
  if (query.identity !== null) {
    for (const face of image.faces) {
      const cosine = dot(query.identity, face.identity);
      if (cosine > (identityCosine ?? -Infinity) && !isRejected(face, cosine, query)) {
        identityCosine = cosine;
        faceId = face.id;
      }
    }
  }
  const lookCosine = dot(query.look, image.look);
  return { imageId: image.id, queryFaceId: query.faceId, faceId, identityCosine, lookCosine };
}

/**
 * w · cos(f_q, f) + (1 − w) · cos(g_q, g). A query without a face compares looks alone,
 * whatever the weight; an image without a face has nothing for the first part to meet, which
 * counts as a cosine of 0, that of unrelated vectors.
 */
export function fusedScore(comparison: Comparison, weight: number): number {
  if (comparison.queryFaceId === null) {
    return comparison.lookCosine;
  }
  return weight * (comparison.identityCosine ?? 0) + (1 - weight) * comparison.lookCosine;
}

export interface Ranked extends Comparison {
  readonly score: number;
}

/**
 * One entry for each image, its best comparison at this weight, best first. Equal scores are
 * ordered by image id, so that the same question always has the same answer.
 */
export function rank(comparisons: Iterable<Comparison>, weight: number): Ranked[] {
  const best = new Map<number, Ranked>();
  for (const comparison of comparisons) {
    const score = fusedScore(comparison, weight);
    const known = best.get(comparison.imageId);
    if (known === undefined || score > known.score) {
      best.set(comparison.imageId, { ...comparison, score });
    }
  }
  return [...best.values()].sort((a, b) => b.score - a.score || a.imageId - b.imageId);
}
