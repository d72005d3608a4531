import type { Size } from '../../common/geometry.ts';
import { damaged, tooLarge } from './decodeFailure.ts';

/**
 * The longest side of a JPEG. Decoders keep many whole rows in memory: a PNG of 3 KB that claims
 * 4,390,968 × 40 pixels of 16 bits took 7 GB before it turned out to be cut.
 */
const maxSidePx = 65_535;

/** @throws FamiliarError `image-too-large`, or `image-damaged` where there are no pixels. */
export function refuseTooLarge(size: Size, maxPixels: number): void {
  if (!(size.width > 0 && size.height > 0)) {
    throw damaged(`Expected a picture with pixels but received ${size.width} × ${size.height}`);
  }
  const hasTooLongSide = Math.max(size.width, size.height) > maxSidePx;
  if (hasTooLongSide || size.width * size.height > maxPixels) {
    throw tooLarge(size, maxPixels);
  }
}

/** The size itself, or one of the same proportions with at most `maxPixels`. */
export function boundArea(size: Size, maxPixels: number): Size {
  const factor = Math.sqrt(maxPixels / (size.width * size.height));
  if (factor >= 1) {
    return size;
  }
  return {
    width: Math.max(1, Math.floor(size.width * factor)),
    height: Math.max(1, Math.floor(size.height * factor)),
  };
}
