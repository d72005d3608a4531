import type { Box, Size } from '../../base/geometry.ts';
import { planTiles } from '../imaging/tiles.ts';
import type { InputSpec } from './manifest.ts';

/** Pictures are enlarged for the detector by no more than this. */
const maxEnlargement = 1.5;

/**
 * The detector's input size for a region: as large as the model allows, yet no larger than
 * `maxEnlargement` times the region, with no more padding than its size multiple needs.
 */
export function detectorInputSize(region: Size, input: InputSpec): Size {
  const { width, height, dynamicSize, sizeMultiple } = input;
  if (!dynamicSize) {
    return { width, height };
  }
  const scale = Math.min(width / region.width, height / region.height, maxEnlargement);
  const roundUp = (side: number, limit: number) =>
    Math.min(limit, Math.max(1, Math.ceil((side * scale - 0.5) / sizeMultiple)) * sizeMultiple);
  return { width: roundUp(region.width, width), height: roundUp(region.height, height) };
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
