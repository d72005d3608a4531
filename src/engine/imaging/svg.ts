import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FamiliarError } from '../../common/failure.ts';
import type { Size } from '../../common/geometry.ts';
import { unknownFormat } from './decodeFailure.ts';
import type { Painted } from './painterMessages.ts';
import { openBytes, toRgba } from './sharp.ts';

// Vector pictures have no pixels of their own: icons are drawn large enough for a face to be
// seen, posters no larger than a screen, because filters cost per pixel.
const longSidePx = { least: 768, most: 2048 };
const maxBytes = 32 * 1024 * 1024;

/** The density at which librsvg draws one pixel per CSS pixel. */
const pixelDensity = 72;

/** libvips looks for the element in as many bytes. */
const searchedBytes = 1_000;

/** Whether libvips takes the bytes for an SVG; all other formats begin with other bytes. */
export function isSvg(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, searchedBytes)).toString('utf8');
  return /^\ufeff?\s*</.test(head) && /<svg/i.test(head);
}

const gunzipAsync = promisify(gunzip);

/** Inflates a gzipped SVG (`.svgz`) under a limit; other bytes are returned as they are. */
export async function inflateSvg(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    return bytes;
  }
  try {
    return await gunzipAsync(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new FamiliarError(
        'image-too-large',
        `Expected a compressed SVG of at most ${maxBytes} bytes but received more`,
        { remedy: 'Exclude the file, or export it as PNG.', cause },
      );
    }
    throw unknownFormat(cause);
  }
}

/**
 * Draws an SVG from memory, without a base address: librsvg then resolves no reference to another
 * file or host, loads no external entity and bounds the expansion of internal ones. Nothing ends a
 * filter that it is in, so this is called where it can be killed: see `paint`.
 */
export async function drawSvg(bytes: Uint8Array, maxPixels: number): Promise<Painted> {
  const { format, autoOrient } = await openBytes(bytes, { limitInputPixels: false }).metadata();
  if (format !== 'svg') {
    throw unknownFormat();
  }
  const size: Size = { width: autoOrient.width, height: autoOrient.height };
  const longSide = Math.max(size.width, size.height);
  const factor = Math.min(longSidePx.most, Math.max(longSidePx.least, longSide)) / longSide;
  const density = Math.min(100_000, Math.max(1, pixelDensity * factor));
  const drawn = openBytes(bytes, { density, failOn: 'error', limitInputPixels: maxPixels })
    .resize(
      Math.max(1, Math.round(size.width * factor)),
      Math.max(1, Math.round(size.height * factor)),
      { fit: 'fill' },
    )
    .toColourspace('srgb')
    .ensureAlpha();
  return { size, rgba: await toRgba(drawn) };
}
