import type { Box, Size } from '../../base/geometry.ts';
import { planTiles } from '../imaging/tiles.ts';
import type { InputSpec } from './manifest.ts';

/** Pictures are enlarged up to this longer side, by no more than the factor. */
const enlargedToPx = 256;
const maxEnlargement = 2;
/** A wide or tall picture may exceed the model's sides by this, as it has less of the other. */
const sideExcess = 1.25;

/**
 * The detector's input size for a region: at most as many pixels as the model's own input, not
 * enlarged unless the region is small, with no more padding than its size multiple needs.
 */
export function detectorInputSize(region: Size, input: InputSpec): Size {
  const { width, height, dynamicSize, sizeMultiple } = input;
  if (!dynamicSize) {
    return { width, height };
  }
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
 * The parts of a picture that the detector is shown: the whole, and tiles of one that is so
 * large, tall or wide that the faces in it would be lost in the reduction.
 */
export function detectorRegions(size: Size, input: InputSpec): Box[] {
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
