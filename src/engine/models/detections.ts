import { FamiliarError } from '../../common/failure.ts';
import { area, type Box, clampBox, intersect, iou, type Size } from '../../common/geometry.ts';
import type { FloatTensor } from './runtime.ts';

/** A face that was found: `box` in pixels, `score` 0…1. */
export interface Detection {
  readonly box: Box;
  readonly score: number;
}

/** Where the numbers of one picture lie in a YOLOv8 output. */
interface YoloLayout {
  readonly anchors: number;
  readonly classes: number;
  /** Distance between two anchors of one row, and between two rows of one anchor. */
  readonly anchorStep: number;
  readonly rowStep: number;
}

function yoloLayout(shape: readonly number[], count: number, classes: number): YoloLayout {
  const rows = 4 + classes;
  const [n, a, b] = shape;
  if (shape.length === 3 && n === count) {
    if (a === rows) {
      return { anchors: b as number, classes, anchorStep: 1, rowStep: b as number };
    }
    if (b === rows) {
      return { anchors: a as number, classes, anchorStep: rows, rowStep: 1 };
    }
  }
  throw new FamiliarError(
    'model-output',
    `Expected detector output [${count}, ${rows}, A] or [${count}, A, ${rows}] but received [${shape.join(', ')}].`,
    { remedy: 'Export the detector as YOLOv8 does, without its own NMS, with a dynamic batch.' },
  );
}

/**
 * Reads a YOLOv8 output [N, 4 + classes, A] (or [N, A, 4 + classes]): per anchor cx, cy, w, h
 * in input pixels, then a score per class, of which the highest counts. Anchors below the
 * threshold, or with numbers that are no box, are left out. Nothing is suppressed yet.
 *
 * @returns one list per picture of the batch, in input pixels.
 * @throws FamiliarError `model-output` for any other shape.
 */
export function decodeYolo(
  { data, shape }: FloatTensor,
  count: number,
  { classes, scoreThreshold }: { readonly classes: number; readonly scoreThreshold: number },
): Detection[][] {
  const layout = yoloLayout(shape, count, classes);
  return Array.from({ length: count }, (_, n) => decodePicture(data, n, layout, scoreThreshold));
}

function decodePicture(
  data: Float32Array,
  picture: number,
  { anchors, anchorStep, rowStep, classes }: YoloLayout,
  scoreThreshold: number,
): Detection[] {
  const found: Detection[] = [];
  const first = picture * anchors * (4 + classes);
  for (let anchor = 0; anchor < anchors; anchor++) {
    const at = first + anchor * anchorStep;
    let score = data[at + 4 * rowStep] as number;
    for (let row = 5; row < 4 + classes; row++) {
      score = Math.max(score, data[at + row * rowStep] as number);
    }
    if (!(score >= scoreThreshold)) {
      continue;
    }
    const centreX = data[at] as number;
    const centreY = data[at + rowStep] as number;
    const width = data[at + 2 * rowStep] as number;
    const height = data[at + 3 * rowStep] as number;
    if (width > 0 && height > 0 && Number.isFinite(centreX + centreY + width + height)) {
      const box = { x: centreX - width / 2, y: centreY - height / 2, width, height };
      found.push({ box, score });
    }
  }
  return found;
}

/**
 * A box within another that has at least this share of its area shows the same face once with
 * and once without forehead and chin: their IoU is just below usual limits.
 */
const nestedShare = 0.25;
const nestedCover = 0.9;

function isSameFace(a: Box, b: Box, iouLimit: number): boolean {
  if (iou(a, b) > iouLimit) {
    return true;
  }
  const smaller = Math.min(area(a), area(b));
  const larger = Math.max(area(a), area(b));
  return smaller >= nestedShare * larger && area(intersect(a, b)) >= nestedCover * smaller;
}

/**
 * Greedy non-maximum suppression: of boxes that overlap by more than `iouLimit`, or of which one
 * lies within the other and is not much smaller, the one with the highest score stays. The
 * result is sorted by score, best first; equal scores keep their order, so that the same input
 * always gives the same faces.
 */
export function suppressOverlaps(detections: readonly Detection[], iouLimit: number): Detection[] {
  const kept: Detection[] = [];
  for (const candidate of [...detections].sort((a, b) => b.score - a.score)) {
    if (!kept.some(({ box }) => isSameFace(box, candidate.box, iouLimit))) {
      kept.push(candidate);
    }
  }
  return kept;
}

/** Candidates that overlap a box by this much (IoU) saw the same face. */
const voteIou = 0.6;

/**
 * Moves every kept box to the mean, weighted by score, of the candidates that saw its face: the
 * cell that is surest of a face is not always the one that places it best (box voting, Gidaris
 * and Komodakis 2015, arXiv:1505.01749, section 5). Scores and order stay.
 *
 * @param kept of `candidates`, after suppression.
 */
export function voteBoxes(
  kept: readonly Detection[],
  candidates: readonly Detection[],
): Detection[] {
  return kept.map(({ box, score }) => {
    const voters = candidates.filter((other) => iou(box, other.box) >= voteIou);
    const total = voters.reduce((sum, voter) => sum + voter.score, 0);
    if (!(total > 0)) {
      return { box, score };
    }
    const mean = (side: keyof Box) =>
      voters.reduce((sum, voter) => sum + voter.score * voter.box[side], 0) / total;
    const voted = { x: mean('x'), y: mean('y'), width: mean('width'), height: mean('height') };
    return { box: voted, score };
  });
}

/** A detection of one tile, in pixels of the whole picture. */
export interface TileDetection extends Detection {
  /** Whether the box ends at an edge of the tile that is not an edge of the picture. */
  readonly cut: boolean;
}

/** A cut box of which this share lies in another box is a part of the same face. */
const coveredShare = 0.5;

/**
 * Merges the detections of overlapping tiles. Whole boxes are suppressed by IoU as ever. A box
 * that was cut by its tile has a small IoU with the whole face in the neighbouring tile, so it
 * only stays where it is not covered by another box; largest first, because that one saw most.
 */
export function mergeTiles(found: readonly TileDetection[], iouLimit: number): Detection[] {
  const kept = suppressOverlaps(
    found.filter(({ cut }) => !cut),
    iouLimit,
  );
  const remainders = found.filter(({ cut }) => cut).sort((a, b) => area(b.box) - area(a.box));
  for (const { box, score } of remainders) {
    const covered = kept.some(
      (other) =>
        area(intersect(box, other.box)) > coveredShare * Math.min(area(box), area(other.box)),
    );
    if (!covered) {
      kept.push({ box, score });
    }
  }
  return kept.map(({ box, score }) => ({ box, score })).sort((a, b) => b.score - a.score);
}

/** Smaller faces (pixels of the picture, shorter side) carry nothing that could be compared. */
export const minimumFacePx = 8;

/** Cuts boxes to the picture and drops what is too small to be a face. */
export function clampDetections(detections: readonly Detection[], size: Size): Detection[] {
  return detections
    .map(({ box, score }) => ({ box: clampBox(box, size), score }))
    .filter(({ box }) => Math.min(box.width, box.height) >= minimumFacePx);
}
