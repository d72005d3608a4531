import { freeBuffer } from '../../common/freeBuffer.ts';
import type { Size } from '../../common/geometry.ts';
import type { Raster, RgbaRaster } from '../../common/raster.ts';
import { isBitmap } from './bmpDecoder.ts';
import { fromDecoder, unknownFormat } from './decodeFailure.ts';
import { flattenOnGrey } from './flatten.ts';
import { boundArea, refuseTooLarge } from './limits.ts';
import { refuseLfsPointer, withJpegEnd } from './mendBytes.ts';
import { type PaintOptions, paint } from './painter.ts';
import type { PaintedFormat, PaintLimits } from './painterMessages.ts';
import { type FlatPsd, isPsd, readPsdHeader, withoutLayers } from './psd.ts';
import { isQoi } from './qoiDecoder.ts';
import { greyBackground, openBytes, type Sharp, toRaster, toRgba } from './sharp.ts';
import { isSvg } from './svg.ts';
import { isTga } from './tgaDecoder.ts';
import { unwrapPicture } from './unwrapPicture.ts';

export interface DecodeOptions {
  /** Pictures of more pixels (width × height) are refused before they are inflated. */
  readonly maxPixels: number;
  /** Larger pictures are shrunk to this many pixels while they are decoded. */
  readonly maxWorkingPixels?: number;
  readonly signal?: AbortSignal;
  /** What takes longer to draw (SVG, PSD, TGA, QOI) is refused; sharp ends what hangs of the others. */
  readonly timeoutMs?: number;
}

export interface DecodedImage {
  /** Pixels of the file, upright. For SVG the size it asks for, at 96 pixels per inch. */
  readonly width: number;
  readonly height: number;
  /** `jpeg`, `png`, `webp`, `avif`, `gif`, `tiff`, `svg`, `bmp`, `kra`, `ora`, `psd`, `tga` or `qoi`. */
  readonly format: string;
  /** Upright sRGB pixels, transparency composited on the neutral grey. */
  readonly raster: Raster;
  /** Whether the file may have transparent pixels, which the raster has not; see `encodeTransparentWebp`. */
  readonly isTransparent: boolean;
  /**
   * The raster with its transparency, where decoding came by it. For `encodeTransparentWebp` alone;
   * release it after that.
   */
  readonly rgba: RgbaRaster | null;
  /** Raster pixels per pixel of the file: below 1 when shrunk, above 1 for a small SVG. */
  readonly scale: number;
}

/**
 * 12 megapixels (36 MB as a raster): a 4,000 × 3,000 scan stays as it is. One decode serves
 * the detector's tiles, the head crops, the look vector and the thumbnail.
 */
export const defaultMaxWorkingPixels = 12_000_000;

/** An animation that begins with more empty frames than these is taken for empty. */
const mostEmptyFrames = 32;

/** Far beyond what any drawing takes that somebody made with patience for it. */
const defaultTimeoutMs = 30_000;

/**
 * Decodes the bytes of one image file. Of animated pictures the first frame that shows anything, of TIFF the first
 * page. EXIF rotation is applied, embedded colour profiles and CMYK become sRGB.
 *
 * Strict: a picture of which only a part can be decoded (a truncated download, a half-written
 * export) is refused, because its faces would be recorded as complete.
 *
 * @throws FamiliarError `image-format`, `image-damaged` or `image-too-large`; AbortError.
 */
export async function decodeImage(
  bytes: Uint8Array,
  {
    maxPixels,
    maxWorkingPixels = defaultMaxWorkingPixels,
    signal,
    timeoutMs = defaultTimeoutMs,
  }: DecodeOptions,
): Promise<DecodedImage> {
  signal?.throwIfAborted();
  try {
    const limits = { maxPixels, maxWorkingPixels };
    refuseLfsPointer(bytes);
    const { picture, container } = await unwrapPicture(bytes);
    const painted = paintedFormat(picture);
    const decoded =
      painted === null
        ? await decodeWithSharp(picture, limits)
        : await decodePainted(painted, picture, limits, { timeoutMs, signal });
    signal?.throwIfAborted();
    return { ...decoded, format: container ?? decoded.format };
  } catch (error) {
    signal?.throwIfAborted();
    throw fromDecoder(error);
  }
}

/** The format where it is one that the painter decodes. */
function paintedFormat(bytes: Uint8Array): PaintedFormat | null {
  if (isBitmap(bytes)) {
    return 'bmp';
  }
  if (isSvg(bytes)) {
    return 'svg';
  }
  if (isPsd(bytes)) {
    return 'psd';
  }
  return isQoi(bytes) ? 'qoi' : isTga(bytes) ? 'tga' : null;
}

async function decodeWithSharp(given: Uint8Array, limits: PaintLimits): Promise<DecodedImage> {
  const { bytes, isMended } = withJpegEnd(given);
  const header = await openBytes(bytes, { limitInputPixels: false }).metadata();
  if (header.format === 'svg') {
    // Text before its first element: no SVG is written like that.
    throw unknownFormat();
  }
  const size: Size = { width: header.autoOrient.width, height: header.autoOrient.height };
  refuseTooLarge(size, limits.maxPixels);
  const open = (page: number): Sharp =>
    openBytes(bytes, {
      autoOrient: true,
      failOn: isMended ? 'warning' : 'error',
      limitInputPixels: limits.maxPixels,
      page,
    });
  const isAnimated = header.hasAlpha && (header.pages ?? 1) > 1 && header.format !== 'tiff';
  const pipeline = open(isAnimated ? await firstFilledFrame(open, header.pages ?? 1) : 0);
  return {
    ...size,
    format: header.format === 'heif' ? 'avif' : header.format,
    isTransparent: header.hasAlpha,
    rgba: null,
    ...(header.hasAlpha &&
    header.depth === 'uchar' &&
    boundArea(size, limits.maxWorkingPixels) === size
      ? await decodeTransparent(pipeline, size)
      : await decodePixels(pipeline, size, limits.maxWorkingPixels)),
  };
}

/** The number of the first frame that shows anything: animations fade in from nothing. */
async function firstFilledFrame(open: (page: number) => Sharp, frames: number): Promise<number> {
  for (let frame = 0; frame < Math.min(frames, mostEmptyFrames); frame++) {
    const { isOpaque, channels } = await open(frame).stats();
    if (isOpaque || (channels.at(-1)?.max ?? 255) > 0) {
      return frame;
    }
  }
  return 0;
}

async function decodePainted(
  format: PaintedFormat,
  bytes: Uint8Array,
  limits: PaintLimits,
  options: PaintOptions,
): Promise<DecodedImage> {
  const file =
    format === 'psd' ? flattenPsd(bytes, limits.maxPixels) : { bytes, isTransparent: false };
  const { size, rgba } = await paint({ format, ...file, limits }, options);
  const scale = rgba.width / size.width;
  return { ...size, format, ...withoutTransparency(rgba), scale };
}

function flattenPsd(bytes: Uint8Array, maxPixels: number): FlatPsd {
  refuseTooLarge(readPsdHeader(bytes), maxPixels);
  return withoutLayers(bytes);
}

async function decodePixels(
  pipeline: Sharp,
  size: Size,
  maxWorkingPixels: number,
): Promise<{ raster: Raster; scale: number }> {
  const target = boundArea(size, maxWorkingPixels);
  const shrunk =
    target === size
      ? pipeline
      : pipeline.resize(target.width, target.height, { fit: 'fill', kernel: 'cubic' });
  const raster = await toRaster(toNeutralRgb(shrunk));
  return { raster, scale: raster.width / size.width };
}

/** Pixels of 8 bits with transparency, in the size of the file. */
async function decodeTransparent(
  pipeline: Sharp,
  size: Size,
): Promise<Pick<DecodedImage, 'isTransparent' | 'rgba' | 'raster' | 'scale'>> {
  const pixels = await toRgba(pipeline.toColourspace('srgb'));
  return { ...withoutTransparency(pixels), scale: pixels.width / size.width };
}

function withoutTransparency(
  rgba: RgbaRaster,
): Pick<DecodedImage, 'isTransparent' | 'rgba' | 'raster'> {
  const { raster, isTransparent } = flattenOnGrey(rgba);
  if (!isTransparent) {
    freeBuffer(rgba.data);
  }
  return { isTransparent, rgba: isTransparent ? rgba : null, raster };
}

function toNeutralRgb(pipeline: Sharp): Sharp {
  return pipeline.toColourspace('srgb').flatten({ background: greyBackground });
}
