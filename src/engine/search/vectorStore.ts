import type { Dimensions } from '../../common/vector.ts';
import type { MatchImage } from '../library/searchReader.ts';

/** Where candidates come from: an index of ours, or another engine's. */
export interface Candidates {
  /** Ids of about the `count` vectors with the largest dot product, best first. */
  candidates(
    query: Float32Array,
    count: number,
    options: { readonly signal?: AbortSignal },
  ): Promise<{ readonly ids: readonly number[] }>;
}

type Answer<T> = T | Promise<T>;

/**
 * The faces and images of one model revision, as a search sees them: candidates by their vectors,
 * and the records that they are ranked exactly by. One workspace keeps them in SQLite and Annoy
 * (`RevisionIndex`), a studio may share them in PostgreSQL (`SharedLibrary`).
 */
export interface VectorStore {
  readonly dimensions: Dimensions;
  /** Faces as [identity ; look of their image], by face id. */
  readonly faces: Candidates;
  /** Whole images by their look, by image id. */
  readonly looks: Candidates;
  /** The images that hold the given faces. */
  imagesOfFaces(faceIds: readonly number[]): Answer<readonly number[]>;
  /** Those of the images in which there is no face. */
  withoutFaces(imageIds: readonly number[]): Answer<readonly number[]>;
  /** The records of images that are still there, in any order. */
  images(imageIds: readonly number[]): Answer<readonly MatchImage[]>;
}
