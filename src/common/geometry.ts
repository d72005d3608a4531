/** An axis-aligned rectangle in pixels; `x`, `y` is its top left corner, y grows downwards. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Area of the box in square pixels; 0 for an empty or inverted one. */
export function area(box: Box): number {
  return Math.max(0, box.width) * Math.max(0, box.height);
}

/** The part common to both boxes; width and height are 0 where they do not meet. */
export function intersect(a: Box, b: Box): Box {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(0, Math.min(a.x + a.width, b.x + b.width) - x),
    height: Math.max(0, Math.min(a.y + a.height, b.y + b.height) - y),
  };
}

/** Intersection over union, 0…1 (the overlap measure of PASCAL VOC and COCO). */
export function iou(a: Box, b: Box): number {
  const common = area(intersect(a, b));
  const union = area(a) + area(b) - common;
  return union > 0 ? common / union : 0;
}

/** The box cut to a picture of the given size, in the same pixels. */
export function clampBox(box: Box, size: Size): Box {
  return intersect(box, { x: 0, y: 0, width: size.width, height: size.height });
}

/** Multiplies position and size, as when a picture is resized by `factor`. */
export function scaleBox(box: Box, factor: number): Box {
  return {
    x: box.x * factor,
    y: box.y * factor,
    width: box.width * factor,
    height: box.height * factor,
  };
}

export interface HeadCrop {
  /** Side of the square, as a multiple of the longer side of the face box. */
  readonly scale: number;
  /** How far the centre moves down, as a fraction of the face's height; negative is up. */
  readonly shiftY: number;
}

/**
 * The square around a face that the identity model was trained to see: the face box grown
 * to the head. It may reach beyond the picture; croppers pad it with the neutral colour.
 */
export function headSquare(face: Box, crop: HeadCrop): Box {
  const side = Math.max(face.width, face.height) * crop.scale;
  const centreX = face.x + face.width / 2;
  const centreY = face.y + face.height / 2 + crop.shiftY * face.height;
  return { x: centreX - side / 2, y: centreY - side / 2, width: side, height: side };
}
