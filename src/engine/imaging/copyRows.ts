/** Rows of bytes in a larger block. */
export interface Rows {
  readonly bytes: Uint8Array;
  /** Of the first row. */
  readonly start: number;
  /** From one row's first byte to the next one's. */
  readonly stride: number;
}

/**
 * Copies so many rows of so many bytes. `Buffer` copies a part of a block without an object for each
 * part, as `subarray` makes one; rows by the thousand would keep the collector at work.
 */
export function copyRows(source: Rows, target: Rows, rowBytes: number, count: number): void {
  const from = asBuffer(source.bytes);
  const to = asBuffer(target.bytes);
  for (let row = 0; row < count; row++) {
    const start = source.start + row * source.stride;
    from.copy(to, target.start + row * target.stride, start, start + rowBytes);
  }
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
