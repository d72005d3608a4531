import qoi from 'qoijs';
import { messageOf } from '../../common/failure.ts';
import { damaged } from './decodeFailure.ts';
import { refuseTooLarge } from './limits.ts';
import type { Painted } from './painterMessages.ts';

const headerBytes = 14;
const endMark = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);

export function isQoi(bytes: Uint8Array): boolean {
  return (
    bytes.length > headerBytes && Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'qoif'
  );
}

/** Decodes a QOI ("Quite OK Image"). @throws FamiliarError `image-damaged`, `image-too-large`. */
export function decodeQoi(bytes: Uint8Array, maxPixels: number): Painted {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = { width: view.getUint32(4), height: view.getUint32(8) };
  refuseTooLarge(size, maxPixels);
  // The reader repeats the last pixel where a file is cut.
  if (!endMark.equals(bytes.subarray(-endMark.length))) {
    throw damaged('Expected a complete QOI but the file ends without an end mark');
  }
  try {
    const { data } = qoi.decode(bytes.buffer, bytes.byteOffset, bytes.byteLength, 4);
    return { size, rgba: { data, ...size, channels: 4 } };
  } catch (error) {
    throw damaged(
      `Expected a complete QOI but received a damaged one (${messageOf(error)})`,
      error,
    );
  }
}
