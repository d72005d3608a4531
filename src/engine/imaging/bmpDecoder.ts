import type { Size } from '../../common/geometry.ts';
import { expandRuns } from './bitmapRuns.ts';
import { damaged, unknownFormat } from './decodeFailure.ts';
import { refuseTooLarge } from './limits.ts';
import type { Painted } from './painterMessages.ts';

// libvips reads no BMP, and the decoders on npm refuse palettes, rows from the top, or their
// own header's offset. BMP is a header and rows of pixels, which is all of this file.
// Field offsets: Microsoft's BITMAPFILEHEADER, BITMAPCOREHEADER (OS/2) and BITMAPINFOHEADER.

interface Header extends Size {
  readonly pixelOffset: number;
  readonly paletteOffset: number;
  readonly bitsPerPixel: number;
  readonly paletteEntryBytes: 3 | 4;
  /** Whether palette indices are coded as runs. */
  readonly isRuns: boolean;
  readonly topDown: boolean;
  readonly rowBytes: number;
  /** Red, green and blue masks of 16- and 32-bit pixels. */
  readonly masks: readonly [number, number, number];
}

/** Length of the header of OS/2 1.x, with sides of 16 bits and a palette without padding. */
const coreHeaderBytes = 12;

const compression = { none: 0, runs8: 1, runs4: 2, bitFields: 3, alphaBitFields: 6 };

export function isBitmap(bytes: Uint8Array): boolean {
  return bytes.length >= 30 && bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/**
 * Decodes a BMP, uncompressed or of coded runs, of 1, 4, 8, 16, 24 or 32 bits per pixel. The fourth byte of
 * 32-bit pixels is left out: most writers leave it at 0, which would make all of it invisible.
 *
 * @throws FamiliarError `image-damaged`, `image-too-large`, `image-format` (compressed or of an
 * unknown depth).
 */
export function decodeBitmap(bytes: Uint8Array, maxPixels: number): Painted {
  const fileView = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Told before any memory is taken.
  const fileHeader = readHeader(fileView, (size) => refuseTooLarge(size, maxPixels));
  const { view, header } = expandIfRuns(bytes, fileView, fileHeader);
  const { width, height } = header;
  const data = new Uint8Array(width * height * 4);
  const readPixel = pixelReader(view, header);
  let target = 0;
  for (let row = 0; row < height; row++) {
    const fileRow = header.topDown ? row : height - 1 - row;
    const start = header.pixelOffset + fileRow * header.rowBytes;
    for (let column = 0; column < width; column++, target += 4) {
      const colour = readPixel(start, column);
      data[target] = colour >> 16;
      data[target + 1] = colour >> 8;
      data[target + 2] = colour;
      data[target + 3] = 255;
    }
  }
  return { size: { width, height }, rgba: { data, width, height, channels: 4 } };
}

function readHeader(view: DataView, check: (size: Size) => void): Header {
  const headerBytes = view.getUint32(14, true);
  if (headerBytes === coreHeaderBytes) {
    return readCoreHeader(view, check);
  }
  if (headerBytes < 40 || view.byteLength < 14 + headerBytes) {
    throw unknownFormat();
  }
  const signedHeight = view.getInt32(22, true);
  const size = { width: view.getInt32(18, true), height: Math.abs(signedHeight) };
  check(size);
  const bitsPerPixel = view.getUint16(28, true);
  const method = view.getUint32(30, true);
  const masked = method === compression.bitFields || method === compression.alphaBitFields;
  const isRuns =
    (method === compression.runs8 && bitsPerPixel === 8) ||
    (method === compression.runs4 && bitsPerPixel === 4);
  const isKnown = method === compression.none || masked || isRuns;
  if (![1, 4, 8, 16, 24, 32].includes(bitsPerPixel) || !isKnown) {
    throw unknownFormat();
  }
  const header: Header = {
    ...size,
    bitsPerPixel,
    isRuns,
    paletteEntryBytes: 4,
    pixelOffset: view.getUint32(10, true),
    paletteOffset: 14 + headerBytes,
    topDown: signedHeight < 0,
    rowBytes: Math.ceil((size.width * bitsPerPixel) / 32) * 4,
    masks: masked
      ? readMasks(view)
      : bitsPerPixel === 16
        ? [0x7c00, 0x3e0, 0x1f]
        : [0xff0000, 0xff00, 0xff],
  };
  return isRuns ? header : requireRows(view, header);
}

function readCoreHeader(view: DataView, check: (size: Size) => void): Header {
  const size = { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  check(size);
  const bitsPerPixel = view.getUint16(24, true);
  if (![1, 4, 8, 24].includes(bitsPerPixel)) {
    throw unknownFormat();
  }
  return requireRows(view, {
    ...size,
    bitsPerPixel,
    isRuns: false,
    paletteEntryBytes: 3,
    pixelOffset: view.getUint32(10, true),
    paletteOffset: 14 + coreHeaderBytes,
    topDown: false,
    rowBytes: Math.ceil((size.width * bitsPerPixel) / 32) * 4,
    masks: [0xff0000, 0xff00, 0xff],
  });
}

function requireRows(view: DataView, header: Header): Header {
  const expected = header.pixelOffset + header.rowBytes * header.height;
  if (view.byteLength < expected) {
    throw damaged(`Expected ${expected} bytes but received ${view.byteLength}`);
  }
  return header;
}

/** The picture as one of a byte a pixel behind the same palette, where its pixels are runs. */
function expandIfRuns(
  bytes: Uint8Array,
  view: DataView,
  header: Header,
): { view: DataView; header: Header } {
  if (!header.isRuns) {
    return { view, header };
  }
  const start = Math.min(header.pixelOffset, bytes.length);
  const bits = header.bitsPerPixel === 4 ? 4 : 8;
  const pixels = expandRuns(bytes.subarray(start), header, bits);
  const whole = new Uint8Array(start + pixels.length);
  whole.set(bytes.subarray(0, start));
  whole.set(pixels, start);
  return {
    view: new DataView(whole.buffer),
    header: { ...header, pixelOffset: start, bitsPerPixel: 8, rowBytes: header.width },
  };
}

function readMasks(view: DataView): [number, number, number] {
  if (view.byteLength < 66) {
    throw damaged(`Expected colour masks but the file ends after ${view.byteLength} bytes`);
  }
  return [view.getUint32(54, true), view.getUint32(58, true), view.getUint32(62, true)];
}

/** Reads one pixel of the row that begins at `start`, as 0xRRGGBB. */
function pixelReader(view: DataView, header: Header): (start: number, column: number) => number {
  const { bitsPerPixel } = header;
  switch (bitsPerPixel) {
    case 24:
      return (start, column) => {
        const at = start + column * 3;
        return (view.getUint8(at + 2) << 16) | view.getUint16(at, true);
      };
    case 32:
    case 16: {
      const channels = header.masks.map(channelReader);
      return (start, column) => {
        const at = start + (column * bitsPerPixel) / 8;
        const pixel = bitsPerPixel === 32 ? view.getUint32(at, true) : view.getUint16(at, true);
        return channels.reduce((colour, read) => (colour << 8) | read(pixel), 0);
      };
    }
    default: {
      const palette = readPalette(view, header);
      const perByte = 8 / bitsPerPixel;
      const mask = (1 << bitsPerPixel) - 1;
      return (start, column) => {
        const byte = view.getUint8(start + Math.floor(column / perByte));
        const shift = 8 - bitsPerPixel * ((column % perByte) + 1);
        return palette[(byte >> shift) & mask] ?? 0;
      };
    }
  }
}

/** Takes the bits of one mask and widens them to 0…255. */
function channelReader(mask: number): (pixel: number) => number {
  const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (pixel) => (most === 0 ? 0 : Math.round((((pixel & mask) >>> shift) * 255) / most));
}

/** The palette as 0xRRGGBB; entries lie between the header and the pixels as B, G, R and mostly 0. */
function readPalette(view: DataView, header: Header): number[] {
  const { paletteOffset, paletteEntryBytes } = header;
  const end = Math.min(header.pixelOffset, view.byteLength);
  const room = Math.floor((end - paletteOffset) / paletteEntryBytes);
  const count = Math.max(0, Math.min(1 << header.bitsPerPixel, room));
  return Array.from({ length: count }, (_, entry) => {
    const at = paletteOffset + entry * paletteEntryBytes;
    return view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  });
}
