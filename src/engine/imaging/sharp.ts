import { createRequire } from 'node:module';
import type sharpModule from 'sharp';
import type { Sharp, SharpOptions } from 'sharp';
import type { Raster, RgbaRaster } from '../../common/raster.ts';
import { neutralGrey } from '../../common/raster.ts';
import { isolateSharp } from './isolateSharp.ts';

// Sharp receives the binding that is already loaded. It is required, not imported: imports of a
// bundle run before all of its code.
isolateSharp();
const sharpLibrary: typeof sharpModule = createRequire(import.meta.url)('sharp');

// The only importer of sharp. libvips keeps decoded tiles of recent operations; no picture is
// decoded twice here, so that this cache would only hold memory.
sharpLibrary.cache(false);
// The pipeline decodes several pictures at once; threads within one picture would compete
// with them and with inference.
sharpLibrary.concurrency(1);

export type { Sharp };

/** Neutral grey in the form that sharp takes. */
export const greyBackground = { r: neutralGrey, g: neutralGrey, b: neutralGrey, alpha: 1 };

/**
 * Longest time for one operation on one picture. Far beyond what the largest allowed picture
 * needs, so that it only ends what would never end.
 */
const timeoutSeconds = 120;

/** A sharp pipeline over the bytes of an image file. */
export function openBytes(bytes: Uint8Array, options: SharpOptions = {}): Sharp {
  return sharpLibrary(bytes, { sequentialRead: true, ...options }).timeout({
    seconds: timeoutSeconds,
  });
}

/** A sharp pipeline over decoded pixels; the pixels are not copied and must not change. */
export function openRaster(raster: Raster): Sharp {
  const { data, width, height } = raster;
  return sharpLibrary(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}

/** As `openRaster`, with transparency. */
export function openRgba({ data, width, height, channels }: RgbaRaster): Sharp {
  return sharpLibrary(data, { raw: { width, height, channels }, limitInputPixels: false });
}

/** A sharp pipeline over image files of one size, as the frames of an animation. */
export function openFrames(frames: readonly Uint8Array[]): Sharp {
  return sharpLibrary([...frames], { join: { animated: true } });
}

/** Runs a pipeline to its end, to 8-bit pixels of as many channels as it has. */
async function toPixels(pipeline: Sharp): Promise<Raster & { readonly channels: number }> {
  const { data, info } = await pipeline
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    width: info.width,
    height: info.height,
    channels: info.channels,
  };
}

/** Runs a pipeline to its end; the result must have three channels. */
export async function toRaster(pipeline: Sharp): Promise<Raster> {
  const { channels, ...raster } = await toPixels(pipeline);
  if (channels !== 3) {
    throw new Error(`Expected 3 channels but received ${channels}`);
  }
  return raster;
}

/** As `toRaster`; the result must have four channels. */
export async function toRgba(pipeline: Sharp): Promise<RgbaRaster> {
  const { channels, ...pixels } = await toPixels(pipeline);
  if (channels !== 4) {
    throw new Error(`Expected 4 channels but received ${channels}`);
  }
  return { ...pixels, channels };
}
