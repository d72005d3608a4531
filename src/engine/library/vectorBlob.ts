import { FamiliarError } from '../../common/failure.ts';

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The bytes of `bytes`, each group of four reversed where this machine is big-endian. */
function inFileOrder(bytes: Uint8Array): Uint8Array {
  return littleEndian ? bytes : new Uint8Array(Buffer.from(bytes).swap32());
}

/** float32 little-endian, as vectors lie in the database. */
export function toBlob(vector: Float32Array): Uint8Array {
  return inFileOrder(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
}

/**
 * A vector of `dimension` numbers from its blob.
 *
 * @throws FamiliarError `store-damaged` where the length does not fit.
 */
export function fromBlob(blob: unknown, dimension: number): Float32Array {
  if (!(blob instanceof Uint8Array) || blob.byteLength !== dimension * 4) {
    const received = blob instanceof Uint8Array ? `${blob.byteLength} bytes` : typeof blob;
    throw new FamiliarError(
      'store-damaged',
      `Expected a vector of ${dimension * 4} bytes but received ${received}.`,
      { remedy: 'Reindex the workspace.' },
    );
  }
  const bytes = inFileOrder(blob);
  // Float32Array needs a start at a multiple of four; only a copy is sure to have it.
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(buffer, byteOffset, dimension);
}

/** How many numbers a blob holds, where it may be of any model revision. */
export function numbersIn(blob: unknown): number {
  return blob instanceof Uint8Array ? blob.byteLength / 4 : 0;
}
