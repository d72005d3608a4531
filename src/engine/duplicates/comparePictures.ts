import { area, type Box, type Size } from '../../common/geometry.ts';
import type { Raster } from '../../common/raster.ts';
import { findRegion, type LumaPyramid, shrink, sizeWithin, toPyramid } from './alignment.ts';
import { mapColours } from './colourMap.ts';
import {
  correlation,
  mirror,
  type Plane,
  sampleRegion,
  toColours,
  toLuma,
} from './comparedPicture.ts';
import { type LocalDifference, localDifference } from './localDifference.ts';

/** What was done to a picture to make a copy of it. */
export type Edit = 'cropped' | 'mirrored' | 'recoloured';

/** Longest side at which two pictures are compared: finer detail is not looked at. */
export const comparedSidePx = 320;
/** Longest side at which most of what differs is ruled out. */
const previewSidePx = 96;

/** A picture ready to be compared with others. */
export class ComparablePicture {
  readonly colours: Plane;
  readonly preview: Plane;
  readonly luma: LumaPyramid;
  #mirrored: ComparablePicture | undefined;

  /** @param colours of which `comparedSidePx` on the longer side are used at most */
  constructor(colours: Plane) {
    this.colours = shrink(colours, comparedSidePx);
    this.preview = shrink(this.colours, previewSidePx);
    this.luma = toPyramid(toLuma(this.colours));
  }

  static of(raster: Raster): ComparablePicture {
    return new ComparablePicture(toColours(raster));
  }

  /** Made at the first use, since most pictures are compared with several others. */
  get mirrored(): ComparablePicture {
    this.#mirrored ??= new ComparablePicture(mirror(this.colours));
    return this.#mirrored;
  }
}

export interface Comparison {
  /** Empty for the same picture in another size, format or compression. */
  readonly edits: readonly Edit[];
  /** Correlation of the aligned pictures, 0…1. */
  readonly score: number;
}

/** Proportions that differ by more than this share were cropped, or never the same picture. */
const mostStretch = 0.04;
/** Pictures less alike than this, before their colours are mapped, are not compared further. */
const leastCorrelation = 0.6;
/** Crops to nine tenths correlate less with the picture as it is. */
const oneDrawing = 0.97;
/** A region that leaves out less than this share is no crop. */
const leastCutOff = 0.05;

/**
 * Whether one of the pictures was made from the other. The thresholds were set where copies and
 * sprites with other expressions part (`docs/duplicates.md`).
 *
 * @returns undefined where they are two pictures, or one drawing with a local change
 */
export function comparePictures(
  a: ComparablePicture,
  b: ComparablePicture,
): Comparison | undefined {
  const { mirrored } = b;
  const ratio = (a.colours.width * b.colours.height) / (a.colours.height * b.colours.width);
  const isWhole = Math.abs(Math.log(ratio)) < mostStretch;
  if (isWhole) {
    const found = compareWhole(a, b, []) ?? compareWhole(a, mirrored, ['mirrored']);
    if (found !== undefined || isOneDrawing(a, b) || isOneDrawing(a, mirrored)) {
      return found;
    }
  }
  return (
    compareCrop(a, b, ['cropped']) ??
    compareCrop(b, a, ['cropped']) ??
    compareCrop(a, mirrored, ['mirrored', 'cropped']) ??
    compareCrop(mirrored, a, ['mirrored', 'cropped'])
  );
}

/** Pictures that lie on each other as they are: what differs is drawn otherwise, and not cropped. */
function isOneDrawing({ luma: { medium } }: ComparablePicture, b: ComparablePicture): boolean {
  const other = resize(b.luma.medium, medium);
  return correlation(medium.data, other.data) > oneDrawing;
}

function compareWhole(
  a: ComparablePicture,
  b: ComparablePicture,
  edits: readonly Edit[],
): Comparison | undefined {
  const size = commonSize(a.colours, b.colours, comparedSidePx);
  const previewSize = commonSize(size, size, previewSidePx);
  return compareAligned({
    preview: [resize(a.preview, previewSize), resize(b.preview, previewSize)],
    full: () => [resize(a.colours, size), resize(b.colours, size)],
    edits,
  });
}

function compareCrop(
  whole: ComparablePicture,
  part: ComparablePicture,
  edits: readonly Edit[],
): Comparison | undefined {
  const found = findRegion(whole.luma, part.luma);
  if (found === undefined || area(found) > 1 - leastCutOff) {
    return undefined;
  }
  const { width, height } = whole.colours;
  const region = {
    x: found.x * width,
    y: found.y * height,
    width: found.width * width,
    height: found.height * height,
  };
  const at = (sidePx: number): PlanePair => {
    const size = commonSize(region, part.colours, sidePx);
    return [sampleRegion(whole.colours, region, size), resize(part.colours, size)];
  };
  return compareAligned({ preview: at(previewSidePx), full: () => at(comparedSidePx), edits });
}

type PlanePair = readonly [Plane, Plane];

interface Alignment {
  readonly preview: PlanePair;
  readonly full: () => PlanePair;
  readonly edits: readonly Edit[];
}

function compareAligned({ preview, full, edits }: Alignment): Comparison | undefined {
  const score = correlation(toLuma(preview[0]).data, toLuma(preview[1]).data);
  if (score < leastCorrelation) {
    return undefined;
  }
  if (isUnchanged(localDifference(...preview), limits.preview)) {
    const limit = edits.includes('cropped') ? limits.cropped : limits.whole;
    if (isUnchanged(localDifference(...full()), limit)) {
      return { edits, score };
    }
  }
  return isRecoloured(preview, limits.preview) && isRecoloured(full(), limits.recoloured)
    ? { edits: [...edits, 'recoloured'], score }
    : undefined;
}

interface Limits {
  /** Levels that any window may differ by. */
  readonly most: number;
  /** The same as a multiple of what windows usually differ by: noise is everywhere. */
  readonly timesUsual: number;
  /** Up to here no multiple counts. */
  readonly noise: number;
}

const limits = {
  preview: { most: 20, timesUsual: Infinity, noise: 0 },
  whole: { most: 16, timesUsual: 3.6, noise: 5 },
  cropped: { most: 16, timesUsual: 5.5, noise: 5 },
  recoloured: { most: 16, timesUsual: 7, noise: 8 },
} satisfies Record<string, Limits>;

function isUnchanged({ most, usual }: LocalDifference, limit: Limits): boolean {
  return most <= limit.most && (most <= limit.noise || most <= limit.timesUsual * usual);
}

/**
 * Whether a map of the colours makes them the same, and brings something nearly everywhere: a small
 * change in one place is another drawing. Colours can be lost on the way from one to the other, so
 * that both ways are tried.
 */
function isRecoloured([a, b]: PlanePair, limit: Limits): boolean {
  const { usual } = localDifference(a, b);
  const explains = (mapped: LocalDifference) =>
    isUnchanged(mapped, limit) && usual > leastGain * mapped.usual + limit.noise / 2;
  return (
    explains(localDifference(mapColours(a, b), b)) || explains(localDifference(a, mapColours(b, a)))
  );
}

/** How many times nearer other colours must bring two pictures to be what was changed. */
const leastGain = 1.5;

function commonSize(a: Size, b: Size, sidePx: number): Size {
  const longest = Math.min(Math.max(a.width, a.height), Math.max(b.width, b.height), sidePx);
  return sizeWithin(a, longest);
}

function resize(plane: Plane, size: Size): Plane {
  return plane.width === size.width && plane.height === size.height
    ? plane
    : sampleRegion(plane, allOf(plane), size);
}

function allOf({ width, height }: Size): Box {
  return { x: 0, y: 0, width, height };
}
