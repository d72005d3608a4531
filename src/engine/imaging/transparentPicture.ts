import type { RgbaRaster } from '../../common/raster.ts';
import type { DecodedImage } from './decodeImage.ts';
import { openBytes, openRgba, type Sharp } from './sharp.ts';
import { unwrapPicture } from './unwrapPicture.ts';

export interface TransparentPictureOptions {
  /** Of the longer side; smaller pictures keep their size. */
  readonly maxSidePx: number;
  /** As for `decodeImage`. */
  readonly maxPixels: number;
}

/**
 * A WebP picture that keeps the transparency of the file. Where decoding did not keep it (more
 * than 8 bits, more pixels than are worked on), the file is decoded once more.
 *
 * @param decoded what `decodeImage` made of the same bytes
 */
export async function encodeTransparentWebp(
  bytes: Uint8Array,
  decoded: DecodedImage,
  options: TransparentPictureOptions,
): Promise<Uint8Array> {
  const { picture } = await unwrapPicture(bytes);
  return shrink(picture, decoded.rgba, options)
    .toColourspace('srgb')
    .webp({ quality: 80, alphaQuality: 90, effort: 1, smartSubsample: false })
    .toBuffer();
}

function shrink(
  bytes: Uint8Array,
  rgba: RgbaRaster | null,
  { maxSidePx, maxPixels }: TransparentPictureOptions,
): Sharp {
  const opened =
    rgba === null
      ? openBytes(bytes, { autoOrient: true, failOn: 'error', limitInputPixels: maxPixels })
      : openRgba(rgba);
  return opened.resize(maxSidePx, maxSidePx, { fit: 'inside', withoutEnlargement: true });
}
