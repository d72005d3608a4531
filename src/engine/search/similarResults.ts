import type { Place } from '../library/searchReader.ts';
import type { Face } from './queryImage.ts';

/** An open query image, and those of its faces to search by; none means the whole image. */
export interface QuerySelection {
  readonly queryId: string;
  readonly faceIds: readonly number[];
}

export interface SimilarRequest {
  /** Several queries are searched for their union: a result counts with its best match. */
  readonly queries: readonly QuerySelection[];
  /** w of the fusion, 0…1: 1 is "same character", 0 is "same style". */
  readonly weight: number;
  readonly offset: number;
  readonly limit: number;
}

/** "Not the same character": the pair of faces is not shown again. */
export interface Rejection {
  readonly queryId: string;
  readonly queryFaceId: number;
  readonly faceId: number;
}

export interface SimilarResult extends Place {
  readonly imageId: number;
  readonly width: number;
  readonly height: number;
  /** Absolute path of a thumbnail (JPEG or WebP) below the storage folder; null when it is missing. */
  readonly thumbnail: string | null;
  /** w · identity cosine + (1 − w) · look cosine; results are sorted by it, best first. */
  readonly score: number;
  /** The face that matched best; null when the whole images were compared. */
  readonly face: Face | null;
  /** The query's face that it was compared with. */
  readonly queryFaceId: number | null;
  readonly identityCosine: number | null;
  readonly lookCosine: number;
  /** Calibrated probability of "same character", 0…1; null without faces. */
  readonly probability: number | null;
  /** Other files with the same content. */
  readonly copies: readonly Place[];
}

export interface SimilarResults {
  readonly results: readonly SimilarResult[];
  /** How many results there are in all; `results` is the asked page of them. */
  readonly total: number;
  /** The query images themselves and files with the same content. */
  readonly copiesOfQuery: readonly Place[];
  /** Query images whose file is no longer where it was, with a place where it is now. */
  readonly moved: readonly {
    readonly queryId: string;
    readonly name: string;
    readonly path: string;
  }[];
  /** Whether indexing is still under way, so that more may come. */
  readonly partial: boolean;
  readonly search: 'annoy' | 'exact';
  /** Changes whenever the library does: equal epochs mean equal answers. */
  readonly epoch: number;
}
