import { dot } from '../../src/common/vector.ts';
import type { DataFolder, IdentitySet, LabelledPicture } from './dataFolder.ts';
import type { PictureVectors } from './evaluationPipeline.ts';
import { PairHistogram, type PairMeasures } from './pairs.ts';
import {
  type QueryResult,
  type Retrieval,
  type RetrievalItem,
  retrieveEach,
  type Scores,
  summarise,
} from './retrieval.ts';
import type { TrainingData } from './training.ts';

/** A labelled picture and what the models made of it. */
export interface SeenPicture extends RetrievalItem {
  readonly picture: LabelledPicture;
  readonly vectors: PictureVectors;
}

export interface SeenSet {
  readonly name: string;
  readonly pictures: readonly SeenPicture[];
}

/** The character under one name over all sets. */
export function characterLabel({ character }: LabelledPicture, { twins }: DataFolder): string {
  return twins.get(character) ?? character;
}

export function toSeenSet(
  { name, pictures }: IdentitySet,
  vectors: readonly PictureVectors[],
  data: DataFolder,
): SeenSet {
  return {
    name,
    pictures: pictures.map((picture, i) => ({
      picture,
      vectors: vectors[i] as PictureVectors,
      label: characterLabel(picture, data),
      artwork: picture.artwork,
    })),
  };
}

/**
 * w · identity cosine + (1 − w) · look cosine, as the engine ranks; a picture without a face
 * only has its look.
 */
export function fusedScores(pictures: readonly SeenPicture[], weight: number): Scores {
  const scores = new Float32Array(pictures.length);
  return (i) => {
    const query = pictures[i]?.vectors as PictureVectors;
    for (const [j, { vectors }] of pictures.entries()) {
      const same =
        weight > 0 && query.identity !== null && vectors.identity !== null
          ? dot(query.identity, vectors.identity)
          : 0;
      scores[j] = weight * same + (weight < 1 ? (1 - weight) * dot(query.look, vectors.look) : 0);
    }
    return scores;
  };
}

export interface SetMeasures extends Retrieval {
  readonly pictures: number;
  readonly characters: number;
  /** Characters that the identity model has never seen ask, all can be found; null without them. */
  readonly unseen: Retrieval | null;
  /** "Same character" of two drawings by the identity cosine at the manifest's threshold. */
  readonly pairs: PairMeasures | null;
  /** Share of pictures in which a face was found; null for head crops. */
  readonly facesFound: number | null;
  /** The head alone and the whole picture alone, where both differ from the fused vector. */
  readonly headshot: Retrieval | null;
  readonly whole: Retrieval | null;
}

export interface SetResult {
  readonly measures: SetMeasures;
  readonly queries: readonly QueryResult[];
  /** What was measured, in the order that `queries` refers to. */
  readonly pictures: readonly SeenPicture[];
}

export interface IdentityContext {
  readonly training: TrainingData;
  readonly defaultWeight: number;
  readonly threshold: number;
}

/**
 * Measures one set, or several as one. Characters that training saw only under their name in
 * another set are left out: they are neither seen nor unseen.
 */
export function measureSet(
  { name, pictures: all }: SeenSet,
  { training, defaultWeight, threshold }: IdentityContext,
): SetResult | null {
  const pictures = all.filter(({ picture }) => !training.hasSeenTwinOnly(picture.character));
  const isWhole = name.startsWith('whole');
  const scores = fusedScores(pictures, isWhole ? defaultWeight : 1);
  const queries = retrieveEach(pictures, scores);
  const summary = summarise(queries);
  if (summary === null) {
    return null;
  }
  const unseen = queries.filter(
    ({ query }) => !training.hasSeen(pictures[query]?.picture.character ?? ''),
  );
  const withFace = pictures.filter(({ vectors }) => vectors.identity !== null);
  const histogram = new PairHistogram();
  histogram.add(withFace, fusedScores(withFace, 1));
  return {
    measures: {
      ...summary,
      pictures: pictures.length,
      characters: new Set(pictures.map(({ label }) => label)).size,
      unseen: training.stated === null ? null : summarise(unseen),
      pairs: histogram.measure(threshold),
      facesFound: isWhole ? withFace.length / pictures.length : null,
      headshot: isWhole ? summarise(retrieveEach(pictures, fusedScores(pictures, 1))) : null,
      whole: isWhole ? summarise(retrieveEach(pictures, fusedScores(pictures, 0))) : null,
    },
    queries,
    pictures,
  };
}
