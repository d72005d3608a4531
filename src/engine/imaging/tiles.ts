import type { Box, Size } from '../../common/geometry.ts';
import type { Raster } from '../../common/raster.ts';
import { copyRows } from './copyRows.ts';

export interface TilePlan {
  /** Size of one tile in pixels; pictures smaller than it get tiles of their own size. */
  readonly tile: Size;
  /** Least number of pixels that neighbouring tiles share, so that no face is only cut. */
  readonly overlapPx: number;
}

/**
 * Covers a picture with equal tiles in rows from the top left. Tiles lie wholly inside the
 * picture, in whole pixels, and are spread evenly, so that neighbours share at least the
 * overlap asked for.
 */
export function planTiles(size: Size, { tile, overlapPx }: TilePlan): Box[] {
  const columns = planStarts(size.width, tile.width, overlapPx);
  const rows = planStarts(size.height, tile.height, overlapPx);
  const width = Math.min(tile.width, size.width);
  const height = Math.min(tile.height, size.height);
  return rows.flatMap((y) => columns.map((x) => ({ x, y, width, height })));
}

/** Where tiles begin along one side. */
function planStarts(length: number, tileLength: number, overlapPx: number): number[] {
  const slack = length - tileLength;
  if (slack <= 0) {
    return [0];
  }
  // Rounding the starts moves neighbours apart by up to one pixel; the stride makes room for it.
  const stride = Math.max(1, tileLength - overlapPx - 1);
  const steps = Math.ceil(slack / stride);
  return Array.from({ length: steps + 1 }, (_, step) => Math.floor((slack * step) / steps));
}

/** Copies a region that lies inside the raster; the box is in whole pixels. */
export function cutTile(raster: Raster, box: Box): Raster {
  const rowBytes = box.width * 3;
  const data = new Uint8Array(rowBytes * box.height);
  const stride = raster.width * 3;
  copyRows(
    { bytes: raster.data, start: box.y * stride + box.x * 3, stride },
    { bytes: data, start: 0, stride: rowBytes },
    rowBytes,
    box.height,
  );
  return { data, width: box.width, height: box.height };
}
