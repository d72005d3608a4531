import type { Box, Size } from '../../common/geometry.ts';
import { planTiles } from '../imaging/tiles.ts';
import type { InputSpec } from './manifest.ts';

/** Pictures are enlarged up to this longer side, by no more than the factor. */
const enlargedToPx = 256;
const maxEnlargement = 2;
/** A wide or tall picture may exceed the model's sides by this, as it has less of the other. */
const sideExcess = 1.25;

/**
 * The detector's input size for a region: at most as many pixels as the model's own input with both
 * sides `finer` times as long, not enlarged unless the region is small, with no more padding than
 * its size multiple needs.
 */
export function detectorInputSize(region: Size, input: InputSpec, finer = 1): Size {
  const { dynamicSize, sizeMultiple } = input;
  if (!dynamicSize) {
    return { width: input.width, height: input.height };
  }
  const width = finer * input.width;
  const height = finer * input.height;
  const longer = Math.max(region.width, region.height);
  const scale = Math.min(
    Math.sqrt((width * height) / (region.width * region.height)),
    (sideExcess * width) / region.width,
    (sideExcess * height) / region.height,
    Math.max(1, Math.min(maxEnlargement, enlargedToPx / longer)),
  );
  const roundUp = (side: number) =>
    Math.max(1, Math.ceil((side * scale - 0.5) / sizeMultiple)) * sizeMultiple;
  return { width: roundUp(region.width), height: roundUp(region.height) };
}

/** Pictures of more pixels are tiled; 3840 × 2160 is not. */
const tiledFromPixels = 9_000_000;
/** Strips and panoramas are tiled when they are longer than this and shrink by more than that. */
const longAspect = 2.5;
const longScale = 0.3;
/** Side of a tile in multiples of the input's side, and what neighbours share. */
const tileShrink = 3;
const tileOverlap = 0.2;
/**
 * A picture that shrinks by more than this is shown once more, with so much longer sides. That costs
 * a third of its time; one of 1,920 × 1,080, at 0.296, must be done in 150 ms.
 */
const finerBelowScale = 0.28;
const finerBy = Math.SQRT2;
/**
 * The longest face that counts in the finer view, in sides of the model's input. The detector that
 * comes along knows larger ones less well: of faces that fill a picture of 1,792 px it finds 0.80
 * in the common view and 0.52 in the finer one.
 */
const longestFiner = 0.5;
/**
 * The shortest one that counts in the common view then. A small face has often two boxes that
 * overlap too little to be taken for one; the finer view places it better.
 */
const shortestCommon = 0.2;

/** One picture that the detector is shown. */
export interface DetectorView {
  /** The part of the picture, in its pixels. */
  readonly region: Box;
  /** Of the detector's input. */
  readonly inputSize: Size;
  /** Boxes whose longer side (pixels of the input) is below or above are left to the other view. */
  readonly shortestPx: number;
  readonly longestPx: number;
}

/**
 * What the detector is shown of a picture: the whole; the whole once more, less reduced, where
 * small faces would be lost; tiles where it is so large, tall or wide that they still would.
 */
export function detectorViews(size: Size, input: InputSpec): DetectorView[] {
  const [whole, ...tiles] = detectorRegions(size, input).map((part) => ({
    region: part,
    inputSize: detectorInputSize(part, input),
    shortestPx: 0,
    longestPx: Number.POSITIVE_INFINITY,
  })) as [DetectorView, ...DetectorView[]];
  const { inputSize } = whole;
  const scale = Math.min(inputSize.width / size.width, inputSize.height / size.height);
  if (tiles.length > 0 || !input.dynamicSize || scale >= finerBelowScale) {
    return [whole, ...tiles];
  }
  const side = Math.min(input.width, input.height);
  const finer = {
    ...whole,
    inputSize: detectorInputSize(size, input, finerBy),
    longestPx: longestFiner * side,
  };
  return [{ ...whole, shortestPx: shortestCommon * side }, finer];
}

function detectorRegions(size: Size, input: InputSpec): Box[] {
  const whole = { x: 0, y: 0, ...size };
  const longer = Math.max(size.width, size.height);
  const shorter = Math.min(size.width, size.height);
  const scale = Math.min(input.width / size.width, input.height / size.height);
  const isLarge = size.width * size.height > tiledFromPixels;
  const isLong = longer / shorter > longAspect && scale < longScale;
  if (!isLarge && !isLong) {
    return [whole];
  }
  const inputSide = Math.min(input.width, input.height);
  const side = Math.round(Math.min(tileShrink * inputSide, Math.max(shorter, inputSide)));
  const tile = { width: side, height: side };
  return [whole, ...planTiles(size, { tile, overlapPx: Math.round(tileOverlap * side) })];
}
