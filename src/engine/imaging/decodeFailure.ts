import { FamiliarError, messageOf } from '../../common/failure.ts';
import type { Size } from '../../common/geometry.ts';

/** The bytes are of no format that can be read. */
export function unknownFormat(cause?: unknown): FamiliarError {
  return new FamiliarError(
    'image-format',
    'Expected a PNG, JPEG, WebP, AVIF, GIF, TIFF, SVG, BMP, PSD, KRA, ORA, TGA or QOI image but received something else',
    { remedy: 'Open the file in an image editor and export it as PNG, or exclude it.', cause },
  );
}

/** A whole picture of an iPhone, which the decoder may not be shipped with. */
export function heicFormat(cause?: unknown): FamiliarError {
  return new FamiliarError('image-format', 'Expected another format than HEIC (HEVC)', {
    remedy: 'The file is whole: export it as JPEG or PNG to have it found, or exclude it.',
    cause,
  });
}

/** A text that stands for the picture, which Git LFS has not fetched. */
export function lfsPointer(): FamiliarError {
  return new FamiliarError('image-format', 'Expected an image but received a Git LFS pointer', {
    remedy: 'Run `git lfs pull` to fetch the image itself.',
  });
}

/** The format is known, but the picture cannot be decoded completely. */
export function damaged(message: string, cause?: unknown): FamiliarError {
  return new FamiliarError('image-damaged', message, {
    remedy: 'Open the file in an image editor and save it again, or restore it from its source.',
    cause,
  });
}

/** The header asks for more pixels than are allowed. */
export function tooLarge(size: Size, maxPixels: number, cause?: unknown): FamiliarError {
  return new FamiliarError(
    'image-too-large',
    `Expected at most ${maxPixels} pixels but received ${size.width} × ${size.height}`,
    {
      remedy:
        'Raise the limit (--max-pixels, or the setting of that name), shrink the image, or exclude it.',
      cause,
    },
  );
}

/**
 * Turns what the decoder threw into one of the failures above. libvips tells its reasons only
 * as text, one per line; the last line is the outermost.
 */
export function fromDecoder(error: unknown): FamiliarError {
  if (error instanceof FamiliarError) {
    return error;
  }
  const message = messageOf(error);
  if (/unsupported image format|Buffer is empty|buffer has unsupported/i.test(message)) {
    return unknownFormat(error);
  }
  if (/pixel limit/i.test(message)) {
    return new FamiliarError('image-too-large', `Expected a smaller image: ${message}`, {
      remedy:
        'Raise the limit (--max-pixels, or the setting of that name), shrink the image, or exclude it.',
      cause: error,
    });
  }
  // libvips tells what it met on the way first, and what it made of it last.
  const reason = message.trim().split('\n').at(-1) ?? message;
  if (/has not been built in|no decoding plugin|unsupported codec/i.test(message)) {
    return /HEVC|heic|heif/i.test(message) ? heicFormat(error) : unknownFormat(error);
  }
  if (/bad labq format/i.test(message)) {
    return new FamiliarError('image-format', 'Expected another colour mode than 8-bit Lab', {
      remedy: 'The file is whole: convert it to RGB in an image editor, or exclude it.',
      cause: error,
    });
  }
  return damaged(`Expected a complete image but received a damaged one (${reason})`, error);
}
