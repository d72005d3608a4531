import { type DecodedImage, drawSvg, inflateSvg } from './decodeImage.ts';
import { openBytes, openRgba, type Sharp } from './sharp.ts';

export interface TransparentPictureOptions {
  /** Of the longer side; smaller pictures keep their size. */
  readonly maxSidePx: number;
  /** As for `decodeImage`. */
  readonly maxPixels: number;
}

/**
 * A WebP picture that keeps the transparency of the file. Where decoding did not keep it (SVG, more
 * than 8 bits, more pixels than are worked on), the file is decoded once more.
 *
 * @param decoded what `decodeImage` made of the same bytes
 */
export async function encodeTransparentWebp(
  bytes: Uint8Array,
  decoded: DecodedImage,
  options: TransparentPictureOptions,
): Promise<Uint8Array> {
  return (await shrink(bytes, decoded, options))
    .toColourspace('srgb')
    .webp({ quality: 80, alphaQuality: 90, effort: 1, smartSubsample: false })
    .toBuffer();
}

async function shrink(
  bytes: Uint8Array,
  { format, width, height, rgba }: DecodedImage,
  { maxSidePx, maxPixels }: TransparentPictureOptions,
): Promise<Sharp> {
  const fit = { fit: 'inside', withoutEnlargement: true } as const;
  if (rgba !== null) {
    return openRgba(rgba, { width, height }).resize(maxSidePx, maxSidePx, fit);
  }
  if (format === 'svg') {
    // It has no pixels of its own to be smaller than.
    return drawSvg(await inflateSvg(bytes), { width, height }, maxSidePx, maxPixels);
  }
  return openBytes(bytes, {
    autoOrient: true,
    failOn: 'error',
    limitInputPixels: maxPixels,
  }).resize(maxSidePx, maxSidePx, fit);
}
