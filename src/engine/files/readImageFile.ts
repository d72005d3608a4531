import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { FamiliarError } from '../../common/failure.ts';

export interface ImageFile {
  readonly bytes: Uint8Array;
  /** First 32 hexadecimal digits of the SHA-256 of the bytes. */
  readonly contentHash: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

export interface ReadOptions {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** A file that somebody writes is looked at again after these pauses, in milliseconds. */
const retryPausesMs = [100, 300, 900];

/** First 32 hexadecimal digits (128 bits) of the SHA-256: enough that no two files collide. */
export function hashBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

/**
 * The whole file, read once for hashing and decoding. A file that changes meanwhile is read
 * again a little later.
 *
 * @throws FamiliarError `file-missing`, `file-unreadable`, `file-empty`, `file-changed`,
 * `image-too-large`; AbortError.
 */
export async function readImageFile(path: string, options: ReadOptions): Promise<ImageFile> {
  for (const pauseMs of retryPausesMs) {
    const file = await readOnce(path, options);
    if (file !== undefined) {
      return file;
    }
    await setTimeout(pauseMs, undefined, { signal: options.signal });
  }
  throw new FamiliarError('file-changed', `Expected ${path} to stay as it is while it is read.`, {
    remedy: 'It is indexed again once it is no longer written to.',
  });
}

/** Nothing where the file changed while it was read. */
async function readOnce(
  path: string,
  { maxBytes, signal }: ReadOptions,
): Promise<ImageFile | undefined> {
  signal.throwIfAborted();
  const file = await openFile(path);
  try {
    const before = await file.stat();
    checkKind(path, before, maxBytes);
    const bytes = await file.readFile({ signal });
    const after = await file.stat();
    if (after.size !== bytes.length || after.mtimeMs !== before.mtimeMs) {
      return undefined;
    }
    if (bytes.length === 0) {
      throw new FamiliarError('file-empty', `Expected an image but ${path} is empty.`, {
        remedy: 'Restore the file from its source, or delete it.',
      });
    }
    const contentHash = hashBytes(bytes);
    return {
      bytes,
      contentHash,
      sizeBytes: after.size,
      mtimeMs: after.mtimeMs,
      ctimeMs: after.ctimeMs,
    };
  } catch (error) {
    throw toReadFailure(path, error);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for somebody to write to it.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw toReadFailure(path, error);
  }
}

function checkKind(path: string, stats: Stats, maxBytes: number): void {
  if (!stats.isFile()) {
    throw new FamiliarError('file-unreadable', `Expected a regular file but ${path} is none.`, {
      remedy: 'Exclude it from indexing.',
    });
  }
  if (stats.size > maxBytes) {
    throw new FamiliarError(
      'image-too-large',
      `Expected at most ${maxBytes} bytes but ${path} has ${stats.size}.`,
      { remedy: 'Export a smaller version, or exclude the file.' },
    );
  }
}

function toReadFailure(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof FamiliarError || typeof code !== 'string' || code === 'ABORT_ERR') {
    return error;
  }
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new FamiliarError('file-missing', `Expected a file at ${path} but found none.`, {
      remedy: 'Restore the file, or search from another image.',
      cause: error,
    });
  }
  return new FamiliarError('file-unreadable', `Expected to read ${path} but received ${code}.`, {
    remedy: 'Check that you may read the file and that its drive is connected.',
    cause: error,
  });
}
