import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FamiliarError } from '../../base/failure.ts';
import type { Size } from '../../base/geometry.ts';
import type { Raster } from '../../base/raster.ts';
import { releaseBytes } from '../../base/releaseBytes.ts';
import { decodeBitmap, isBitmap } from './bitmapFile.ts';
import { damaged, fromDecoder, tooLarge, unknownFormat } from './decodeFailure.ts';
import { flattenOnGrey, hasTransparency } from './flatten.ts';
import {
  greyBackground,
  openBytes,
  openRaster,
  type Sharp,
  timeoutSeconds,
  toPixels,
  toRaster,
} from './sharp.ts';

export interface DecodeOptions {
  /** Pictures of more pixels (width × height) are refused before they are inflated. */
  readonly maxPixels: number;
  /** Larger pictures are shrunk to this many pixels while they are decoded. */
  readonly maxWorkingPixels?: number;
  readonly signal?: AbortSignal;
  /** A picture that takes longer to decode is refused. */
  readonly timeoutMs?: number;
}

export interface DecodedImage {
  /** Pixels of the file, upright. For SVG the size it asks for, at 96 pixels per inch. */
  readonly width: number;
  readonly height: number;
  /** `jpeg`, `png`, `webp`, `avif`, `gif`, `tiff`, `svg` or `bmp`. */
  readonly format: string;
  /** Upright sRGB pixels, transparency composited on the neutral grey. */
  readonly raster: Raster;
  /** Whether the file may have transparent pixels, which the raster has not; see `encodeTransparentWebp`. */
  readonly isTransparent: boolean;
  /**
   * The pixels with their transparency where decoding came by them: 8-bit sRGB and straight alpha,
   * `width * height * 4` bytes. For `encodeTransparentWebp` alone; release it after that.
   */
  readonly rgba: Uint8Array | null;
  /** Raster pixels per pixel of the file: below 1 when shrunk, above 1 for a small SVG. */
  readonly scale: number;
}

/**
 * 12 megapixels (36 MB as a raster): a 4,000 × 3,000 scan stays as it is. One decode serves
 * the detector's tiles, the head crops, the look vector and the thumbnail.
 */
export const defaultMaxWorkingPixels = 12_000_000;

/**
 * The longest side of a JPEG. Decoders keep many whole rows in memory: a PNG of 3 KB that claims
 * 4,390,968 × 40 pixels of 16 bits took 7 GB before it turned out to be cut.
 */
const maxSidePx = 65_535;

// Vector pictures have no pixels of their own: icons are drawn large enough for a face to be
// seen, posters no larger than a screen, because filters cost per pixel.
const svgLongSidePx = { least: 768, most: 2048 };
const maxSvgBytes = 32 * 1024 * 1024;

/** As long as one operation of sharp may take. */
const defaultTimeoutMs = 1_000 * timeoutSeconds;

/**
 * Decodes the bytes of one image file. Of animated pictures the first frame, of TIFF the first
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
    const decoding = isBitmap(bytes)
      ? decodeBitmapFile(bytes, limits)
      : inflateSvg(bytes).then((inflated) => decodeWithSharp(inflated, limits));
    const decoded = await withinTime(decoding, timeoutMs);
    signal?.throwIfAborted();
    return decoded;
  } catch (error) {
    signal?.throwIfAborted();
    throw fromDecoder(error);
  }
}

/**
 * The outcome, where it comes in time. sharp ends its own operations, but not one that librsvg is
 * in: 200 bytes of SVG keep a filter busy for hours. Its thread is lost until the process ends;
 * the file is recorded as failed, and so not tried again by the next one.
 */
async function withinTime<T>(decoding: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(damaged(`Expected a picture that is decoded within ${timeoutMs / 1000} seconds`));
  }, timeoutMs);
  try {
    return await Promise.race([decoding, late]);
  } finally {
    clearTimeout(timer);
  }
}

interface Limits {
  readonly maxPixels: number;
  readonly maxWorkingPixels: number;
}

async function decodeWithSharp(bytes: Uint8Array, limits: Limits): Promise<DecodedImage> {
  const header = await openBytes(bytes, { limitInputPixels: false }).metadata();
  const size: Size = { width: header.autoOrient.width, height: header.autoOrient.height };
  if (header.format === 'svg') {
    return decodeSvg(bytes, size, limits);
  }
  refuseTooLarge(size, limits.maxPixels);
  const pipeline = openBytes(bytes, {
    autoOrient: true,
    failOn: 'error',
    limitInputPixels: limits.maxPixels,
  });
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

/**
 * SVG is drawn from memory, without a base address: librsvg then resolves no reference to
 * another file or host, loads no external entity and bounds the expansion of internal ones.
 */
async function decodeSvg(bytes: Uint8Array, size: Size, limits: Limits): Promise<DecodedImage> {
  const longSide = Math.max(size.width, size.height);
  const { least, most } = svgLongSidePx;
  const wanted = Math.min(most, Math.max(least, longSide));
  const raster = await toRaster(toNeutralRgb(drawSvg(bytes, size, wanted, limits.maxPixels)));
  return {
    ...size,
    format: 'svg',
    isTransparent: true,
    rgba: null,
    raster,
    scale: raster.width / size.width,
  };
}

/** An SVG whose longer side is `longSidePx`. `size` is what it asks for. */
export function drawSvg(
  bytes: Uint8Array,
  size: Size,
  longSidePx: number,
  maxPixels: number,
): Sharp {
  const factor = longSidePx / Math.max(size.width, size.height);
  // 72 is the density at which librsvg draws one pixel per CSS pixel.
  const density = Math.min(100_000, Math.max(1, 72 * factor));
  const target = {
    width: Math.max(1, Math.round(size.width * factor)),
    height: Math.max(1, Math.round(size.height * factor)),
  };
  return openBytes(bytes, { density, failOn: 'error', limitInputPixels: maxPixels }).resize(
    target.width,
    target.height,
    { fit: 'fill' },
  );
}

async function decodeBitmapFile(bytes: Uint8Array, limits: Limits): Promise<DecodedImage> {
  const bitmap = decodeBitmap(bytes, (size) => refuseTooLarge(size, limits.maxPixels));
  return {
    width: bitmap.width,
    height: bitmap.height,
    format: 'bmp',
    isTransparent: false,
    rgba: null,
    ...(await decodePixels(openRaster(bitmap), bitmap, limits.maxWorkingPixels)),
  };
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
  const pixels = await toPixels(pipeline.toColourspace('srgb'));
  if (pixels.channels !== 4) {
    throw new Error(`Expected 4 channels but received ${pixels.channels}`);
  }
  const raster = flattenOnGrey(pixels.data, pixels);
  const isTransparent = hasTransparency(pixels.data);
  if (!isTransparent) {
    releaseBytes(pixels.data);
  }
  const rgba = isTransparent ? pixels.data : null;
  return { isTransparent, rgba, raster, scale: raster.width / size.width };
}

function toNeutralRgb(pipeline: Sharp): Sharp {
  return pipeline.toColourspace('srgb').flatten({ background: greyBackground });
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

function refuseTooLarge(size: Size, maxPixels: number): void {
  if (!(size.width > 0 && size.height > 0)) {
    throw damaged(`Expected a picture with pixels but received ${size.width} × ${size.height}`);
  }
  const hasTooLongSide = Math.max(size.width, size.height) > maxSidePx;
  if (hasTooLongSide || size.width * size.height > maxPixels) {
    throw tooLarge(size, maxPixels);
  }
}

const gunzipAsync = promisify(gunzip);

/** Inflates a gzipped SVG (`.svgz`) under a limit; other bytes are returned as they are. */
export async function inflateSvg(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    return bytes;
  }
  try {
    return await gunzipAsync(bytes, { maxOutputLength: maxSvgBytes });
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new FamiliarError(
        'image-too-large',
        `Expected a compressed SVG of at most ${maxSvgBytes} bytes but received more`,
        { remedy: 'Exclude the file, or export it as PNG.', cause },
      );
    }
    throw unknownFormat(cause);
  }
}
