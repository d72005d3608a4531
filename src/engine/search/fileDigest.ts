import { createHash, webcrypto } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

export interface FileDigest {
  readonly bytes: number;
  /** SHA-256 of the SHA-256s of the file's slices, in hexadecimal. */
  readonly sha256: string;
}

export interface DigestOptions {
  /** Part of the digest's definition: another size gives other digests. */
  readonly sliceBytes?: number;
}

/** Slices in memory at a time: an index has hundreds of megabytes. */
const concurrency = 2;

/**
 * What tells a file from every other. Slices are hashed side by side on Node's own threads, where
 * a plain hash of the whole would hold one thread, and searches meanwhile, for its full length.
 */
export async function digestFile(
  path: string,
  { sliceBytes = 4 * 1024 ** 2 }: DigestOptions = {},
): Promise<FileDigest> {
  const file = await open(path, 'r');
  try {
    const { size: bytes } = await file.stat();
    const digests = new Uint8Array(32 * Math.ceil(bytes / sliceBytes));
    let next = 0;
    const work = async () => {
      const buffer = new Uint8Array(Math.min(sliceBytes, bytes));
      while (next * sliceBytes < bytes) {
        const slice = next++;
        const read = await readSlice(file, buffer, slice * sliceBytes);
        digests.set(new Uint8Array(await webcrypto.subtle.digest('SHA-256', read)), 32 * slice);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return { bytes, sha256: createHash('sha256').update(digests).digest('hex') };
  } finally {
    await file.close();
  }
}

/** Fills the buffer from there on; less at the end of the file. */
async function readSlice(
  file: FileHandle,
  buffer: Uint8Array<ArrayBuffer>,
  at: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, at + length);
    if (bytesRead === 0) {
      break;
    }
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}
