import type { Box, Size } from '../../common/geometry.ts';
import { intersect } from '../../common/geometry.ts';
import type { Raster } from '../../common/raster.ts';
import { neutralGrey } from '../../common/raster.ts';
import { copyRows } from './copyRows.ts';
import { resample } from './resample.ts';

export interface Letterboxed {
  /** Of the asked size, the picture centred and padded with the neutral grey. */
  readonly raster: Raster;
  /** The resized picture without its borders: the same raster where it has none. */
  readonly picture: Raster;
  /** Letterboxed pixels per source pixel; above 1 for a picture smaller than the window. */
  readonly scale: number;
  readonly offsetX: number;
  readonly offsetY: number;
}

export type Placement = Omit<Letterboxed, 'raster' | 'picture'>;

/** Where a picture lies in the window. */
function placeInWindow(size: Size, window: Size): Placement & { readonly inner: Size } {
  const scale = Math.min(window.width / size.width, window.height / size.height);
  const inner = {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  };
  return {
    scale,
    offsetX: Math.floor((window.width - inner.width) / 2),
    offsetY: Math.floor((window.height - inner.height) / 2),
    inner,
  };
}

/**
 * Fits the whole picture into a window, keeping its proportions (Ultralytics `LetterBox` with
 * `scaleup` and `center`, the form in which YOLO-family detectors are trained).
 */
export async function letterbox(raster: Raster, window: Size): Promise<Letterboxed> {
  const { inner, ...placement } = placeInWindow(raster, window);
  const picture = await stretch(raster, inner);
  return {
    raster: pad(picture, window, placement.offsetX, placement.offsetY),
    picture,
    ...placement,
  };
}

/** The picture at its place in a window of neutral grey; the picture itself where it fills it. */
function pad(picture: Raster, window: Size, left: number, top: number): Raster {
  if (picture.width === window.width && picture.height === window.height) {
    return picture;
  }
  const padded = greyRaster({ width: window.width, height: window.height });
  const rowBytes = picture.width * 3;
  copyRows(
    { bytes: picture.data, start: 0, stride: rowBytes },
    { bytes: padded.data, start: (top * window.width + left) * 3, stride: window.width * 3 },
    rowBytes,
    picture.height,
  );
  return padded;
}

/** Maps a box in letterboxed pixels back to the pixels of the source. */
export function fromLetterbox(box: Box, { scale, offsetX, offsetY }: Placement): Box {
  return {
    x: (box.x - offsetX) / scale,
    y: (box.y - offsetY) / scale,
    width: box.width / scale,
    height: box.height / scale,
  };
}

/** Resizes to exactly `size`, whatever the proportions become; the raster itself where it has it. */
export async function stretch(raster: Raster, size: Size): Promise<Raster> {
  if (raster.width === size.width && raster.height === size.height) {
    return raster;
  }
  return resample(raster, { x: 0, y: 0, width: raster.width, height: raster.height }, size);
}

/** As large as fits a square of that side, keeping its proportions; a smaller raster stays itself. */
export async function shrinkInto(raster: Raster, maxSidePx: number): Promise<Raster> {
  const window = { width: maxSidePx, height: maxSidePx };
  const { scale, inner } = placeInWindow(raster, window);
  return scale < 1 ? stretch(raster, inner) : raster;
}

/**
 * Cuts the square region out and resizes it to `sizePx` × `sizePx`. The region may reach
 * beyond the picture, where it is filled with the neutral grey; it is rounded to whole pixels.
 */
export async function cropSquare(raster: Raster, square: Box, sizePx: number): Promise<Raster> {
  const side = Math.max(1, Math.round(square.width));
  const region = { x: Math.round(square.x), y: Math.round(square.y), width: side, height: side };
  const inside = intersect(region, { x: 0, y: 0, width: raster.width, height: raster.height });
  if (inside.width < 1 || inside.height < 1) {
    return greyRaster({ width: sizePx, height: sizePx });
  }
  const factor = sizePx / side;
  const horizontal = placeSpan(inside.x - region.x, inside.width, factor, sizePx);
  const vertical = placeSpan(inside.y - region.y, inside.height, factor, sizePx);
  const picture = await resample(raster, inside, {
    width: horizontal.length,
    height: vertical.length,
  });
  return pad(picture, { width: sizePx, height: sizePx }, horizontal.before, vertical.before);
}

/** Scales the span [start, start + length) into `total` pixels, at least one of them. */
function placeSpan(start: number, length: number, factor: number, total: number) {
  const before = Math.min(Math.round(start * factor), total - 1);
  const end = Math.max(before + 1, Math.min(total, Math.round((start + length) * factor)));
  return { before, length: end - before };
}

/** A raster of the neutral grey. */
export function greyRaster(size: Size): Raster {
  return { ...size, data: new Uint8Array(size.width * size.height * 3).fill(neutralGrey) };
}
