import { initializeCanvas, readPsd } from 'ag-psd';
import { FamiliarError, messageOf } from '../../common/failure.ts';
import type { RgbaRaster } from '../../common/raster.ts';
import { damaged } from './decodeFailure.ts';
import { refuseTooLarge } from './limits.ts';
import { unpackRows } from './packBits.ts';
import type { Painted } from './painterMessages.ts';
import { type FlatPsd, readPsdHeader } from './psd.ts';

/** Memory for the pixels of a composite: 268 megapixels of 8 bits, or a quarter of that in 32. */
const maxCompositeBytes = 1_100_000_000;

// The library asks for a canvas where it makes pixels of 8 bits, and for nothing else here.
initializeCanvas(
  () => {
    throw new Error('Expected no canvas to be drawn on');
  },
  (width, height) =>
    ({ width, height, data: new Uint8ClampedArray(width * height * 4) }) as ImageDataLike,
);

type ImageDataLike = ReturnType<NonNullable<Parameters<typeof initializeCanvas>[1]>>;

/**
 * Decodes the composite of a PSD or PSB of 1, 8, 16 or 32 bits, in grey, RGB or with a palette.
 *
 * @throws FamiliarError `image-format` (CMYK, Lab, …), `image-damaged`, `image-too-large`
 */
export function decodePsd({ bytes, isTransparent }: FlatPsd, maxPixels: number): Painted {
  const header = readPsdHeader(bytes);
  refuseTooLarge(header, maxPixels);
  const { width, height } = header;
  let pixels: ArrayLike<number>;
  try {
    // A copy of exactly these bytes: the library looks for the end of the memory behind them.
    const psd = readPsd(unpackRows(bytes, header).slice(), {
      strict: true,
      useImageData: true,
      totalMemoryLimit: maxCompositeBytes,
    });
    pixels = psd.imageData?.data ?? [];
  } catch (error) {
    throw toFailure(error);
  }
  const data = toBytes(pixels);
  finishAlpha(data, isTransparent);
  return { size: { width, height }, rgba: { data, width, height, channels: 4 } };
}

function toFailure(error: unknown): FamiliarError {
  if (error instanceof FamiliarError) {
    return error;
  }
  const message = messageOf(error);
  if (/not supp?r?o/i.test(message)) {
    return new FamiliarError('image-format', `Expected a PSD in RGB or grey (${message})`, {
      remedy: 'The file is whole: convert it to RGB in its program, or export it as PNG.',
      cause: error,
    });
  }
  if (/memory limit/i.test(message)) {
    return new FamiliarError('image-too-large', 'Expected a PSD of fewer pixels or bits', {
      remedy: 'Export a smaller version as PNG, or exclude the file.',
      cause: error,
    });
  }
  return damaged(`Expected a complete PSD but received a damaged one (${message})`, error);
}

/** Samples of 8 or 16 bits, or linear ones of 32, as 8 bits. */
function toBytes(samples: ArrayLike<number>): Uint8Array {
  if (samples instanceof Uint8ClampedArray) {
    return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  }
  if (samples instanceof Uint16Array) {
    return Uint8Array.from(samples, (sample) => sample >> 8);
  }
  return Uint8ClampedArray.from(samples, (sample, i) =>
    i % 4 === 3 ? sample * 255 : 255 * Math.max(0, sample) ** (1 / 2.2),
  ) as unknown as Uint8Array;
}

/** Takes the white out on which Photoshop puts half-transparent colours; a selection is no alpha. */
function finishAlpha(rgba: RgbaRaster['data'], isTransparent: boolean): void {
  for (let at = 3; at < rgba.length; at += 4) {
    const alpha = rgba[at] ?? 255;
    if (!isTransparent) {
      rgba[at] = 255;
    } else if (alpha > 0 && alpha < 255) {
      for (let channel = at - 3; channel < at; channel++) {
        const colour = 255 - ((255 - (rgba[channel] ?? 0)) * 255) / alpha;
        rgba[channel] = Math.max(0, Math.round(colour));
      }
    }
  }
}
