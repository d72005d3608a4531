import type { Box, Size } from '../../common/geometry.ts';
import { correlation, type Plane, sampleRegion } from './comparedPicture.ts';

/** Least share of the width and of the height that a crop keeps. */
const leastShare = 0.55;
const shareStep = 1.05;
/** Longest side at which all places are tried, and at which the best of them are refined. */
const coarseSidePx = 24;
const mediumSidePx = 96;
const largeSidePx = 192;
/** Places that are refined. */
const refined = 2;
/** A place that is less alike than this is no crop of the other picture. */
const leastCorrelation = 0.8;
/** The same in the small picture, where a place is off by up to a pixel. */
const leastCoarse = 0.6;
/** Places that are by so much less alike than the best one are not refined. */
const leastBehind = 0.15;
const atMedium = { points: 32, firstStep: 0.025 };
const atLarge = { points: 64, firstStep: 0.004 };

interface Candidate {
  /** Where the crop lies, in shares of the whole. */
  readonly region: Box;
  readonly correlation: number;
}

/** The luma of a picture in the sizes in which it is aligned. */
export interface LumaPyramid {
  readonly large: Plane;
  readonly medium: Plane;
  readonly small: Plane;
}

export function toPyramid(luma: Plane): LumaPyramid {
  const large = shrink(luma, largeSidePx);
  const medium = shrink(large, mediumSidePx);
  // A crop is looked for in many sizes, up to the whole width of the other picture.
  return { large, medium, small: shrink(medium, coarseSidePx) };
}

/**
 * The region of `whole` that `part` shows: template matching at all places and scales in a small
 * picture, the best places refined in a larger one. The part keeps its proportions.
 *
 * @returns the region in shares of the whole, 0…1; undefined where nothing is alike
 */
export function findRegion(whole: LumaPyramid, part: LumaPyramid): Box | undefined {
  const candidates = coarseCandidates(whole.small, part.small, part.large);
  const least = Math.max(leastCoarse, (candidates[0]?.correlation ?? 0) - leastBehind);
  const [best] = candidates
    .filter((candidate) => candidate.correlation >= least)
    .map(({ region }) => refine(whole.medium, part.medium, region, atMedium))
    .sort((a, b) => b.correlation - a.correlation);
  if (best === undefined || best.correlation < leastCorrelation) {
    return undefined;
  }
  return refine(whole.large, part.large, best.region, atLarge).region;
}

/** As large as fits a square of that side. */
export function shrink(plane: Plane, maxSidePx: number): Plane {
  const size = sizeWithin(plane, maxSidePx);
  return size.width === plane.width && size.height === plane.height
    ? plane
    : sampleRegion(plane, { x: 0, y: 0, width: plane.width, height: plane.height }, size);
}

export function sizeWithin({ width, height }: Size, maxSidePx: number): Size {
  const scale = Math.min(1, maxSidePx / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

function coarseCandidates(whole: Plane, part: Plane, proportions: Size): Candidate[] {
  const candidates: Candidate[] = [];
  const sums = sumUp(whole);
  for (let share = 1; share >= leastShare; share /= shareStep) {
    const width = Math.round(whole.width * share);
    const height = Math.round((whole.width * share * proportions.height) / proportions.width);
    if (
      height > whole.height ||
      height < leastShare * whole.height ||
      Math.min(width, height) < 4
    ) {
      continue;
    }
    const all = { x: 0, y: 0, width: part.width, height: part.height };
    const template = toTemplate(sampleRegion(part, all, { width, height }));
    for (let y = 0; y <= whole.height - height; y++) {
      for (let x = 0; x <= whole.width - width; x++) {
        candidates.push({
          region: {
            x: x / whole.width,
            y: y / whole.height,
            width: width / whole.width,
            height: height / whole.height,
          },
          correlation: correlateAt(whole, sums, template, x, y),
        });
      }
    }
  }
  return apart(candidates.sort((a, b) => b.correlation - a.correlation));
}

/** Candidates that are not neighbours of a better one: those lead to the same place. */
function apart(candidates: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    const isNeighbour = kept.some(
      ({ region }) =>
        Math.abs(region.x - candidate.region.x) < 0.06 &&
        Math.abs(region.y - candidate.region.y) < 0.06 &&
        Math.abs(region.width - candidate.region.width) < 0.08,
    );
    if (!isNeighbour) {
      kept.push(candidate);
    }
    if (kept.length === refined) {
      break;
    }
  }
  return kept;
}

/** Sums over all rectangles that begin at the top left corner, one row and column larger. */
interface Sums {
  readonly values: Float64Array;
  readonly squares: Float64Array;
}

function sumUp({ width, height, data }: Plane): Sums {
  const values = new Float64Array((width + 1) * (height + 1));
  const squares = new Float64Array(values.length);
  for (let y = 0; y < height; y++) {
    let row = 0;
    let rowOfSquares = 0;
    for (let x = 0; x < width; x++) {
      const value = data[y * width + x] as number;
      row += value;
      rowOfSquares += value * value;
      const at = (y + 1) * (width + 1) + x + 1;
      values[at] = (values[at - width - 1] as number) + row;
      squares[at] = (squares[at - width - 1] as number) + rowOfSquares;
    }
  }
  return { values, squares };
}

/** A crop to look for, with its mean taken off, and the root of its sum of squares. */
interface Template extends Size {
  readonly data: Float32Array;
  readonly norm: number;
}

function toTemplate(plane: Plane): Template {
  const data = Float32Array.from(plane.data);
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  let squares = 0;
  for (let i = 0; i < data.length; i++) {
    const value = (data[i] as number) - mean;
    data[i] = value;
    squares += value * value;
  }
  return { width: plane.width, height: plane.height, data, norm: Math.sqrt(squares) };
}

function correlateAt(
  whole: Plane,
  sums: Sums,
  template: Template,
  left: number,
  top: number,
): number {
  const { width, height, data, norm } = template;
  const stride = whole.width + 1;
  const sumOf = (of: Float64Array) =>
    (of[(top + height) * stride + left + width] as number) -
    (of[top * stride + left + width] as number) -
    (of[(top + height) * stride + left] as number) +
    (of[top * stride + left] as number);
  const sum = sumOf(sums.values);
  const variance = sumOf(sums.squares) - (sum * sum) / (width * height);
  if (variance < 1e-3 || norm < 1e-3) {
    return 0;
  }
  let product = 0;
  for (let y = 0; y < height; y++) {
    const from = (top + y) * whole.width + left;
    for (let x = 0; x < width; x++) {
      product += (whole.data[from + x] as number) * (data[y * width + x] as number);
    }
  }
  return product / (norm * Math.sqrt(variance));
}

/** Moves and scales the region, in ever smaller steps, as long as it becomes more alike. */
function refine(whole: Plane, part: Plane, start: Box, options: RefineOptions): Candidate {
  const { points, firstStep } = options;
  const all = { x: 0, y: 0, width: part.width, height: part.height };
  const template = sampleRegion(part, all, { width: points, height: points }).data;
  const sampled = new Float32Array(points * points);
  const judge = (region: Box): Candidate => {
    samplePoints(whole, toPixels(region, whole), points, sampled);
    return { region, correlation: correlation(sampled, template) };
  };
  let best = judge(start);
  for (let step = firstStep; step > firstStep / 12; step /= 2) {
    for (let isBetter = true; isBetter; ) {
      isBetter = false;
      for (const moved of neighbours(best.region, step)) {
        const candidate = judge(moved);
        if (candidate.correlation > best.correlation + 1e-5) {
          best = candidate;
          isBetter = true;
        }
      }
    }
  }
  return best;
}

interface RefineOptions {
  /** Points on each axis by which a place is judged. */
  readonly points: number;
  /** In shares of the whole. */
  readonly firstStep: number;
}

/** The plane between its pixels, at evenly spread points of the region. */
function samplePoints(plane: Plane, region: Box, points: number, out: Float32Array): void {
  const { width, height, data } = plane;
  for (let row = 0; row < points; row++) {
    const y = within(region.y + ((row + 0.5) / points) * region.height - 0.5, height);
    const top = Math.floor(y);
    const above = top * width;
    const below = Math.min(height - 1, top + 1) * width;
    for (let column = 0; column < points; column++) {
      const x = within(region.x + ((column + 0.5) / points) * region.width - 0.5, width);
      const left = Math.floor(x);
      const right = Math.min(width - 1, left + 1);
      const part = x - left;
      const upper =
        (1 - part) * (data[above + left] as number) + part * (data[above + right] as number);
      const lower =
        (1 - part) * (data[below + left] as number) + part * (data[below + right] as number);
      out[row * points + column] = upper + (y - top) * (lower - upper);
    }
  }
}

function within(position: number, length: number): number {
  return Math.min(length - 1, Math.max(0, position));
}

function* neighbours(region: Box, step: number): Generator<Box> {
  const moves = [
    { x: step, y: 0, width: 0, height: 0 },
    { x: 0, y: step, width: 0, height: 0 },
    { x: -step / 2, y: 0, width: step, height: 0 },
    { x: 0, y: -step / 2, width: 0, height: step },
    { x: -step / 2, y: -step / 2, width: step, height: step },
  ];
  for (const { x, y, width, height } of moves) {
    for (const sign of [1, -1]) {
      const moved = {
        x: region.x + sign * x,
        y: region.y + sign * y,
        width: region.width + sign * width,
        height: region.height + sign * height,
      };
      if (isInside(moved)) {
        yield moved;
      }
    }
  }
}

const slack = 0.01;

function isInside({ x, y, width, height }: Box): boolean {
  return x >= -slack && y >= -slack && x + width <= 1 + slack && y + height <= 1 + slack;
}

function toPixels({ x, y, width, height }: Box, size: Size): Box {
  return {
    x: x * size.width,
    y: y * size.height,
    width: width * size.width,
    height: height * size.height,
  };
}
