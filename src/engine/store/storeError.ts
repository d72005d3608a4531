import { type FailureCode, FamiliarError, isAbort } from '../../base/failure.ts';

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

/** Runs `work` and throws SQLite's errors as ours. */
export function withStoreErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error);
  }
}
