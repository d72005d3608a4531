import { type Box, iou, scaleBox } from '../../common/geometry.ts';
import type { Raster } from '../../common/raster.ts';
import { type Detection, voteBoxes } from './detections.ts';
import type { DetectorSpec, RefinementSpec } from './manifest.ts';

/** A closer view of one face, for the detector. */
export interface CloserView {
  /** The square part of the picture, in its whole pixels; it may reach beyond the picture. */
  readonly region: Box;
  /** The region in the size of the refinement's input. */
  readonly raster: Raster;
}

/** A face of the first look, and the closer view of it. */
export interface FirstSeen {
  readonly detection: Detection;
  /** Null where the first look is the closest, or the only one. */
  readonly closer: CloserView | null;
}

/** The square around a box that is looked at once more. */
export function refinementRegion({ x, y, width, height }: Box, { viewSides }: RefinementSpec): Box {
  const side = Math.max(1, Math.round(viewSides * Math.max(width, height)));
  return {
    x: Math.round(x + width / 2 - side / 2),
    y: Math.round(y + height / 2 - side / 2),
    width: side,
    height: side,
  };
}

/** What is seen less surely in a closer view than this says nothing. */
export const leastRefinedScore = 0.02;
/** A box of the closer view that overlaps the first one by less (IoU) is another face's. */
const sameFaceIou = 0.4;

/** Of what a first look gives less there is a lot, and hardly ever a face. */
const leastFirstScore = 0.03;

/**
 * The score that a first look must give: where a closer one follows, so much that the final score
 * may reach the threshold however sure the closer view is.
 */
export function firstThreshold({
  scoreThreshold,
  refinement,
}: Pick<DetectorSpec, 'scoreThreshold' | 'refinement'>): number {
  return refinement === undefined
    ? scoreThreshold
    : Math.max(leastFirstScore, scoreThreshold ** (1 / (1 - refinement.scoreShare)));
}

/**
 * Places a box anew by what the detector sees in a closer view of it, where each face has about the
 * same size and a small one more pixels (after iterative localisation, Gidaris and Komodakis 2015,
 * arXiv:1505.01749, section 5): the box becomes the mean of both looks, the score their weighted
 * geometric mean. A face that refinement does not find counts with score 0.
 *
 * @param region the part of the picture that the closer view shows.
 * @param candidates of the view, in its pixels, not yet suppressed.
 */
export function refineBox(
  detection: Detection,
  region: Box,
  candidates: readonly Detection[],
  { scoreShare, sizePx }: RefinementSpec,
): Detection {
  const seen = candidates.map(({ box, score }) => {
    const inRegion = scaleBox(box, region.width / sizePx);
    return { box: { ...inRegion, x: region.x + inRegion.x, y: region.y + inRegion.y }, score };
  });
  let best: Detection | undefined;
  let bestMerit = 0;
  for (const candidate of seen) {
    const overlap = iou(candidate.box, detection.box);
    const merit = candidate.score * Math.sqrt(overlap);
    if (overlap >= sameFaceIou && merit > bestMerit) {
      best = candidate;
      bestMerit = merit;
    }
  }
  const [placed] = best === undefined ? [] : voteBoxes([best], seen);
  return {
    box: placed === undefined ? detection.box : meanBox(detection.box, placed.box),
    score: detection.score ** (1 - scoreShare) * (placed?.score ?? 0) ** scoreShare,
  };
}

function meanBox(a: Box, b: Box): Box {
  return {
    x: (a.x + b.x) / 2,
    y: (a.y + b.y) / 2,
    width: (a.width + b.width) / 2,
    height: (a.height + b.height) / 2,
  };
}
