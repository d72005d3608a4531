import { fusedScores, type SeenPicture } from './measureIdentity.ts';
import { type Retrieval, retrieveEach, summarise } from './retrieval.ts';

/** Weights of the identity half that are compared. */
const weights = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

export interface FusionMeasures {
  /** The whole picture alone, the head alone, and both at the manifest's weight. */
  readonly whole: Retrieval;
  readonly headshot: Retrieval;
  readonly fused: Retrieval;
  readonly defaultWeight: number;
  readonly bestWeight: number;
  /** mAP by weight. */
  readonly byWeight: Readonly<Record<string, number>>;
}

/**
 * The combined target "same character and same feel": right is another drawing of the
 * character within the same source; the character elsewhere and others of the source are not.
 */
export function measureFusion(
  all: readonly SeenPicture[],
  defaultWeight: number,
): FusionMeasures | null {
  const pictures = all.map((one) => ({ ...one, label: `${one.picture.set} ${one.label}` }));
  const measure = (weight: number) =>
    summarise(retrieveEach(pictures, fusedScores(pictures, weight)));
  const byWeight = new Map(weights.map((weight) => [weight, measure(weight)]));
  const whole = byWeight.get(0);
  const headshot = byWeight.get(1);
  const fused = byWeight.get(defaultWeight) ?? measure(defaultWeight);
  if (!whole || !headshot || !fused) {
    return null;
  }
  const best = [...byWeight].sort((a, b) => (b[1]?.mAP ?? 0) - (a[1]?.mAP ?? 0))[0];
  return {
    whole,
    headshot,
    fused,
    defaultWeight,
    bestWeight: best?.[0] ?? defaultWeight,
    byWeight: Object.fromEntries([...byWeight].map(([weight, one]) => [weight, one?.mAP ?? 0])),
  };
}
