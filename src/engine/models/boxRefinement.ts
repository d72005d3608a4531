import type { Box } from '../../base/geometry.ts';
import { iou } from '../../base/geometry.ts';
import type { Raster } from '../../base/raster.ts';
import { type Detection, voteBoxes } from './detections.ts';
import type { RefinementSpec } from './manifest.ts';

/** Where a face that was found is looked at more closely. */
export interface ViewPlace {
  readonly detection: Detection;
  /** The square part of the picture, in its whole pixels; it may reach beyond the picture. */
  readonly region: Box;
}

/** The closer view itself. */
export interface BoxView extends ViewPlace {
  /** The region in the size of the refinement's input; null where that would show less than before. */
  readonly raster: Raster | null;
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
 * The score that a first look must give for a closer one, so that the final score may reach the
 * threshold however sure the closer view is.
 */
export function firstThreshold(scoreThreshold: number, { scoreShare }: RefinementSpec): number {
  return Math.max(leastFirstScore, scoreThreshold ** (1 / (1 - scoreShare)));
}

/**
 * Places a box anew by what the detector sees in a closer view of it, where each face has about the
 * same size and a small one more pixels (after iterative localisation, Gidaris and Komodakis 2015,
 * arXiv:1505.01749, section 5): the box becomes the mean of both looks, the score their weighted
 * geometric mean. A face that the closer look does not see has the score 0 where that counts.
 *
 * @param candidates of the view, in its pixels, not yet suppressed.
 */
export function refineBox(
  { detection, region }: ViewPlace,
  candidates: readonly Detection[],
  { scoreShare, sizePx }: RefinementSpec,
): Detection {
  const scale = sizePx / region.width;
  const seen = candidates.map(({ box, score }) => ({
    score,
    box: {
      x: region.x + box.x / scale,
      y: region.y + box.y / scale,
      width: box.width / scale,
      height: box.height / scale,
    },
  }));
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
