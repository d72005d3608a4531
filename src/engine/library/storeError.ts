import { type FailureCode, FamiliarError, isAbort, messageOf } from '../../common/failure.ts';

/** Primary result codes of SQLite (sqlite.org/rescode.html) that people can do something about. */
const codes: ReadonlyMap<number, readonly [FailureCode, string]> = new Map([
  [5, ['store-locked', 'Another program holds the library; close it or wait a moment.']],
  [6, ['store-locked', 'Another program holds the library; close it or wait a moment.']],
  [8, ['store-readonly', 'The library folder cannot be written: check its permissions.']],
  [10, ['store-damaged', 'Reading or writing the library failed: check the disk.']],
  [11, ['store-damaged', 'The library will be set aside and built anew.']],
  [13, ['store-full', 'The disk is full: free some space, then resume indexing.']],
  [
    14,
    ['store-readonly', 'The library file cannot be opened: check the permissions of its folder.'],
  ],
  [26, ['store-damaged', 'The library will be set aside and built anew.']],
]);

/** SQLITE_IOERR_… whose cause is a full disk rather than a broken one shows as ENOSPC in the text. */
const fullDisk = /disk is full|no space left|ENOSPC/i;

interface SqliteError extends Error {
  readonly errcode: number;
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && typeof (error as Partial<SqliteError>).errcode === 'number';
}

/** An SQLite error as ours, with the original as its cause; anything else unchanged. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof FamiliarError || isAbort(error) || !isSqliteError(error)) {
    return error;
  }
  const entry = fullDisk.test(error.message) ? codes.get(13) : codes.get(error.errcode & 0xff);
  const [code, remedy] = entry ?? ['internal', 'Please report this with the log.'];
  return new FamiliarError(code, `The library database answered: ${error.message}.`, {
    remedy,
    cause: error,
  });
}

/** Codes of the file system that say something of the library's folder rather than of one file. */
const fileSystemCodes: ReadonlyMap<string, number> = new Map([
  ['ENOSPC', 13],
  ['EDQUOT', 13],
  ['EROFS', 8],
  ['EACCES', 8],
  ['EPERM', 8],
]);

/** An error of writing into the library's folder as ours; anything else unchanged. */
export function fromFileSystem(error: unknown): unknown {
  const known = fileSystemCodes.get(String((error as NodeJS.ErrnoException).code));
  const entry = known === undefined ? undefined : codes.get(known);
  if (entry === undefined) {
    return error;
  }
  const [code, remedy] = entry;
  const reason = messageOf(error);
  return new FamiliarError(code, `The library folder answered: ${reason}.`, {
    remedy,
    cause: error,
  });
}

/** SQLITE_CORRUPT, SQLITE_NOTADB, and SQLITE_IOERR_SHORT_READ of a file that was cut. */
const corruptCodes: ReadonlySet<number> = new Set([11, 26]);
const shortRead = 522;

/**
 * Whether the error says that the file itself is broken, so that only building it anew helps; not
 * so for a disk that fails for a moment, which has the same code for people.
 */
export function isCorrupt(error: unknown): error is FamiliarError {
  if (!(error instanceof FamiliarError) || !isSqliteError(error.cause)) {
    return false;
  }
  const { errcode } = error.cause;
  return corruptCodes.has(errcode & 0xff) || errcode === shortRead;
}

/** Runs `work` and throws SQLite's errors as ours. */
export function withStoreErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error);
  }
}
