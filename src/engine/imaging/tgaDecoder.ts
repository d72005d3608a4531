import type { Size } from '../../common/geometry.ts';
import { damaged } from './decodeFailure.ts';
import { refuseTooLarge } from './limits.ts';
import type { Painted } from './painterMessages.ts';

// The decoders on npm take a cut file for a whole one and palettes of 24 bits alone, and none of
// them was kept for years. Source: Truevision, "TGA File Format Specification", version 2.0.

const headerBytes = 18;

interface Header extends Size {
  readonly kind: 'palette' | 'colour' | 'grey';
  readonly isRuns: boolean;
  readonly paletteStart: number;
  readonly paletteFirst: number;
  readonly paletteLength: number;
  readonly paletteBits: number;
  readonly pixelStart: number;
  readonly bitsPerPixel: number;
  readonly isRightToLeft: boolean;
  readonly isTopDown: boolean;
}

const kinds: Readonly<Record<number, Header['kind']>> = { 1: 'palette', 2: 'colour', 3: 'grey' };
const depths = { palette: [8, 16], colour: [15, 16, 24, 32], grey: [8, 16] } as const;

/** TGA has no mark of its own: whether the bytes begin as one does, and no other format. */
export function isTga(bytes: Uint8Array): boolean {
  return readHeader(bytes) !== null;
}

/** Null where the fields contradict each other. */
function readHeader(bytes: Uint8Array): Header | null {
  if (bytes.length <= headerBytes) {
    return null;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.getUint8(2);
  const kind = kinds[type & ~8];
  const [paletteFirst, paletteLength] = [view.getUint16(3, true), view.getUint16(5, true)];
  const [paletteBits, bitsPerPixel] = [view.getUint8(7), view.getUint8(16)];
  const paletteStart = headerBytes + view.getUint8(0);
  const description = view.getUint8(17);
  const header: Header = {
    kind: kind ?? 'colour',
    isRuns: (type & 8) !== 0,
    paletteStart,
    paletteFirst,
    paletteLength,
    paletteBits,
    pixelStart: paletteStart + paletteLength * Math.ceil(paletteBits / 8),
    width: view.getUint16(12, true),
    height: view.getUint16(14, true),
    bitsPerPixel,
    isRightToLeft: (description & 16) !== 0,
    isTopDown: (description & 32) !== 0,
  };
  const paletteType = view.getUint8(1);
  const isPlausible =
    kind !== undefined &&
    (depths[kind] as readonly number[]).includes(bitsPerPixel) &&
    (paletteType === 1 || (paletteType === 0 && paletteLength === 0 && kind !== 'palette')) &&
    (paletteLength === 0 || (depths.colour as readonly number[]).includes(paletteBits)) &&
    header.width > 0 &&
    header.height > 0 &&
    // Interleaved rows, which nothing writes.
    description < 64;
  return isPlausible ? header : null;
}

/**
 * Decodes a TGA of a palette, of colours or of greys, uncompressed or of coded runs. Alpha of 32-bit
 * pixels is transparency unless it is 0 everywhere, as writers leave it that have none.
 *
 * @throws FamiliarError `image-damaged`, `image-too-large`
 */
export function decodeTga(bytes: Uint8Array, maxPixels: number): Painted {
  const header = readHeader(bytes);
  if (header === null) {
    throw damaged('Expected the header of a TGA');
  }
  const { width, height } = header;
  refuseTooLarge(header, maxPixels);
  const pixelBytes = Math.ceil(header.bitsPerPixel / 8);
  const stored = bytes.subarray(header.pixelStart);
  const pixels = header.isRuns ? expandRuns(stored, width * height, pixelBytes) : stored;
  if (pixels.length < width * height * pixelBytes) {
    throw damaged(
      `Expected ${width * height * pixelBytes} bytes of pixels but received ${pixels.length}`,
    );
  }
  const data = new Uint8Array(width * height * 4);
  const put = pixelWriter(bytes, header, pixels, data);
  let source = 0;
  for (let row = 0; row < height; row++) {
    const y = header.isTopDown ? row : height - 1 - row;
    for (let column = 0; column < width; column++, source += pixelBytes) {
      const x = header.isRightToLeft ? width - 1 - column : column;
      put(source, (y * width + x) * 4);
    }
  }
  makeVisible(data);
  return { size: { width, height }, rgba: { data, width, height, channels: 4 } };
}

/** Runs may go on over the end of a row, not over that of the picture. */
function expandRuns(coded: Uint8Array, count: number, pixelBytes: number): Uint8Array {
  const pixels = new Uint8Array(count * pixelBytes);
  let at = 0;
  let filled = 0;
  while (filled < pixels.length) {
    const head = coded[at++];
    const isRun = head !== undefined && head >= 128;
    const length = ((head ?? 0) & 127) + 1;
    const read = isRun ? pixelBytes : length * pixelBytes;
    if (head === undefined || at + read > coded.length) {
      throw damaged('Expected more coded pixels but the file ends');
    }
    const end = Math.min(filled + length * pixelBytes, pixels.length);
    if (isRun) {
      for (; filled < end; filled += pixelBytes) {
        pixels.set(coded.subarray(at, at + pixelBytes), filled);
      }
    } else {
      pixels.set(coded.subarray(at, at + end - filled), filled);
      filled = end;
    }
    at += read;
  }
  return pixels;
}

/** Writes the pixel that is stored at one byte as RGBA at another. */
function pixelWriter(
  bytes: Uint8Array,
  header: Header,
  pixels: Uint8Array,
  data: Uint8Array,
): (source: number, target: number) => void {
  const { kind, bitsPerPixel, paletteBits } = header;
  if (kind === 'colour') {
    return (source, target) => putColour(pixels, source, bitsPerPixel, data, target);
  }
  if (kind === 'grey') {
    return (source, target) => {
      data.fill(pixels[source] ?? 0, target, target + 3);
      data[target + 3] = bitsPerPixel === 16 ? (pixels[source + 1] ?? 0) : 255;
    };
  }
  const palette = bytes.subarray(header.paletteStart, header.pixelStart);
  return (source, target) => {
    const high = bitsPerPixel === 16 ? (pixels[source + 1] ?? 0) : 0;
    const entry = (high << 8) + (pixels[source] ?? 0) - header.paletteFirst;
    putColour(palette, entry * Math.ceil(paletteBits / 8), paletteBits, data, target);
  };
}

/** Colours are stored as B, G, R and A, or in 5 bits each. */
function putColour(
  from: Uint8Array,
  at: number,
  bits: number,
  data: Uint8Array,
  target: number,
): void {
  if (bits >= 24) {
    data[target] = from[at + 2] ?? 0;
    data[target + 1] = from[at + 1] ?? 0;
    data[target + 2] = from[at] ?? 0;
    data[target + 3] = bits === 32 ? (from[at + 3] ?? 0) : 255;
    return;
  }
  const packed = ((from[at + 1] ?? 0) << 8) | (from[at] ?? 0);
  for (let channel = 0; channel < 3; channel++) {
    data[target + channel] = (((packed >> (10 - 5 * channel)) & 31) * 255) / 31;
  }
  data[target + 3] = 255;
}

function makeVisible(data: Uint8Array): void {
  for (let at = 3; at < data.length; at += 4) {
    if (data[at] !== 0) {
      return;
    }
  }
  for (let at = 3; at < data.length; at += 4) {
    data[at] = 255;
  }
}
