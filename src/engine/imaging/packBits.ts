import { damaged } from './decodeFailure.ts';
import type { PsdHeader } from './psd.ts';

/** Byte of the flat PSD at which its composite begins, behind a header, a palette and two lengths. */
function compositeStart(view: DataView, isLarge: boolean): number {
  return 26 + 4 + view.getUint32(26) + 4 + (isLarge ? 8 : 4);
}

/**
 * A PSD of 16 or 32 bits whose composite is coded in runs (PackBits), with it uncompressed: the reader
 * takes runs of 8 bits alone. Other ones are returned as they are.
 *
 * @param bytes of a PSD without resources and layers
 * @throws FamiliarError `image-damaged`
 */
export function unpackRows(bytes: Uint8Array, header: PsdHeader): Uint8Array {
  const { width, height, channels, bitsPerChannel, isLarge } = header;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = compositeStart(view, isLarge);
  if (bitsPerChannel <= 8 || start + 2 > bytes.length || view.getUint16(start) !== 1) {
    return bytes;
  }
  const rows = channels * height;
  const countBytes = isLarge ? 4 : 2;
  const rowBytes = (width * bitsPerChannel) / 8;
  let at = start + 2 + rows * countBytes;
  if (at > bytes.length) {
    throw damaged('Expected the lengths of all rows but the file ends before');
  }
  const whole = new Uint8Array(start + 2 + rows * rowBytes);
  whole.set(bytes.subarray(0, start));
  for (let row = 0; row < rows; row++) {
    const countAt = start + 2 + row * countBytes;
    const length = isLarge ? view.getUint32(countAt) : view.getUint16(countAt);
    unpackRow(
      bytes.subarray(at, at + length),
      whole.subarray(start + 2 + row * rowBytes),
      rowBytes,
    );
    at += length;
  }
  return whole;
}

function unpackRow(coded: Uint8Array, target: Uint8Array, rowBytes: number): void {
  let filled = 0;
  for (let at = 0; at < coded.length && filled < rowBytes; ) {
    const head = coded[at++] ?? 0;
    if (at + (head < 128 ? head + 1 : 1) > coded.length && head !== 128) {
      break;
    }
    if (head < 128) {
      target.set(coded.subarray(at, at + Math.min(head + 1, rowBytes - filled)), filled);
      filled += head + 1;
      at += head + 1;
    } else if (head > 128) {
      target.fill(coded[at++] ?? 0, filled, Math.min(filled + 257 - head, rowBytes));
      filled += 257 - head;
    }
  }
  if (filled < rowBytes) {
    throw damaged(`Expected ${rowBytes} bytes in a row but received ${filled}`);
  }
}
