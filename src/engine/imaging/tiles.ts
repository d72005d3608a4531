import type { Box, Size } from '../../base/geometry.ts';
import type { Raster } from '../../base/raster.ts';

/**
 * Pictures are looked at in tiles when fitting the whole into the detector's window would
 * shrink it by more than this; a tile is shrunk by no more than this. 3 keeps a full-HD frame
 * whole in a window of 640 and a face of 40 pixels larger than 12, where detectors lose it.
 */
const mostShrink = 3;
/** Part of a tile that neighbours share: faces up to this size are whole in one of them. */
const overlapShare = 0.2;
/** Where a picture would need more tiles, they grow; bounds the work for one picture. */
const mostTiles = 48;

/**
 * The tiles in which a detector with the given window should look at a picture, besides the
 * whole of it: none where the whole is shrunk little enough. They lie inside the picture, in
 * whole pixels, and cover it.
 */
export function planTiles(size: Size, window: Size): Box[] {
  const shrink = Math.max(size.width / window.width, size.height / window.height);
  if (shrink <= mostShrink) {
    return [];
  }
  for (let factor = mostShrink; ; factor *= 1.25) {
    const tile = {
      width: Math.round(window.width * factor),
      height: Math.round(window.height * factor),
    };
    const tiles = coverWithTiles(size, tile, overlapShare);
    if (tiles.length <= mostTiles) {
      return tiles.length > 1 ? tiles : [];
    }
  }
}

/**
 * Covers a picture with equal tiles in rows from the top left, spread evenly, so that
 * neighbours share at least `overlap` (0…1) of a tile. A picture smaller than the tile in one
 * direction gets tiles of its own size there.
 */
export function coverWithTiles(size: Size, tile: Size, overlap: number): Box[] {
  const columns = planStarts(size.width, tile.width, overlap);
  const rows = planStarts(size.height, tile.height, overlap);
  const width = Math.min(tile.width, size.width);
  const height = Math.min(tile.height, size.height);
  return rows.flatMap((y) => columns.map((x) => ({ x, y, width, height })));
}

/** Where tiles begin along one side. */
function planStarts(length: number, tileLength: number, overlap: number): number[] {
  const slack = length - tileLength;
  if (slack <= 0) {
    return [0];
  }
  const stride = Math.max(1, Math.floor(tileLength * (1 - overlap)));
  const steps = Math.ceil(slack / stride);
  return Array.from({ length: steps + 1 }, (_, step) => Math.floor((slack * step) / steps));
}

/** Copies a region that lies inside the raster; the box is in whole pixels. */
export function cropTile(raster: Raster, box: Box): Raster {
  const rowBytes = box.width * 3;
  const data = new Uint8Array(rowBytes * box.height);
  for (let row = 0; row < box.height; row++) {
    const start = ((box.y + row) * raster.width + box.x) * 3;
    data.set(raster.data.subarray(start, start + rowBytes), row * rowBytes);
  }
  return { data, width: box.width, height: box.height };
}
