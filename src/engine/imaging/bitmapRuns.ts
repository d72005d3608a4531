import type { Size } from '../../common/geometry.ts';
import { damaged } from './decodeFailure.ts';

/**
 * Expands the run-length coding of BMP (RLE8, RLE4) to one palette index a pixel, rows from the
 * bottom as in the file. Pixels that no run reaches keep index 0, as Windows shows them.
 * Source: Microsoft, "Bitmap Compression".
 *
 * @param coded begins with the first run
 * @throws FamiliarError `image-damaged` where the runs leave the picture or end early
 */
export function expandRuns(coded: Uint8Array, { width, height }: Size, bits: 4 | 8): Uint8Array {
  const pixels = new Uint8Array(width * height);
  const perByte = 8 / bits;
  let x = 0;
  let y = 0;
  let at = 0;
  const next = (): number => {
    const byte = coded[at++];
    if (byte === undefined) {
      throw damaged(`Expected an end mark but the file ends in row ${y} of ${height}`);
    }
    return byte;
  };
  const put = (index: number): void => {
    // Some writers pad a row's last run beyond its end.
    if (x < width && y < height) {
      pixels[y * width + x] = index;
    }
    x++;
  };
  const half = (byte: number, n: number): number =>
    bits === 8 ? byte : n % 2 === 0 ? byte >> 4 : byte & 15;
  for (;;) {
    const count = next();
    const value = next();
    if (count > 0) {
      for (let n = 0; n < count; n++) {
        put(half(value, n));
      }
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      return pixels;
    } else if (value === 2) {
      x += next();
      y += next();
    } else {
      const bytes = Math.ceil(value / perByte);
      for (let n = 0, byte = 0; n < value; n++) {
        byte = n % perByte === 0 ? next() : byte;
        put(half(byte, n));
      }
      // Absolute runs end on a word.
      at += bytes % 2;
    }
    if (y > height) {
      throw damaged(`Expected ${height} rows but the runs go on`);
    }
  }
}
