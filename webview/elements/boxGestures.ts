import { type Box, clampBox, type Size } from '../../src/common/geometry.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Sides below this many pixels of the image (or this fraction of it) are a slip, not a box. */
const leastSidePx = 8;
const leastFraction = 0.01;

/** The box between two corners, cut to the image; null where it is too small to be meant. */
export function boxFromDrag(start: Point, end: Point, size: Size): Box | null {
  const box = clampBox(
    {
      x: Math.min(start.x, end.x),
      y: Math.min(start.y, end.y),
      width: Math.abs(end.x - start.x),
      height: Math.abs(end.y - start.y),
    },
    size,
  );
  const least = leastSide(size);
  return box.width >= least && box.height >= least ? box : null;
}

/** Where drawing by keyboard begins: a square in the upper middle, where faces tend to be. */
export function firstBox(size: Size): Box {
  const side = Math.min(size.width, size.height) * 0.3;
  return { x: (size.width - side) / 2, y: (size.height - side) / 3, width: side, height: side };
}

/** Moves the box by a part of the image's shorter side, keeping it inside. */
export function moveBox(box: Box, step: Point, size: Size): Box {
  const unit = Math.min(size.width, size.height);
  return {
    ...box,
    x: within(box.x + step.x * unit, 0, size.width - box.width),
    y: within(box.y + step.y * unit, 0, size.height - box.height),
  };
}

/** Moves the box's lower right corner by a part of the image's shorter side. */
export function resizeBox(box: Box, step: Point, size: Size): Box {
  const unit = Math.min(size.width, size.height);
  const least = leastSide(size);
  return {
    ...box,
    width: within(box.width + step.x * unit, least, size.width - box.x),
    height: within(box.height + step.y * unit, least, size.height - box.y),
  };
}

function leastSide(size: Size): number {
  const shorter = Math.min(size.width, size.height);
  return Math.min(shorter, Math.max(leastSidePx, shorter * leastFraction));
}

/** At least `low`, but never more than `high`. */
function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
