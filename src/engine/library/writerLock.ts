import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FamiliarError } from '../../common/failure.ts';
import { lockName } from '../../common/libraryFiles.ts';
import { toStoreError } from './storeError.ts';

/**
 * Which of several engines on one library may write. The leader holds an exclusive SQLite lock,
 * which the operating system drops whenever and however the process ends; so there is never a
 * stale lock, on any platform, and a follower can try again at any time.
 */
export class WriterLock {
  readonly #path: string;
  readonly #mayAcquire: boolean;
  #lock: DatabaseSync | undefined;
  #reason: FamiliarError | undefined;

  /** @param mayAcquire false for a reader, which never acquires the lock, even when nobody holds it */
  constructor(storageFolder: string, mayAcquire = true) {
    this.#mayAcquire = mayAcquire;
    this.#path = join(storageFolder, lockName);
  }

  get isHeld(): boolean {
    return this.#lock !== undefined;
  }

  /** Why nobody could lead at the last try, where it was not that somebody else does. */
  get reason(): FamiliarError | undefined {
    return this.#reason;
  }

  /** @returns whether this process leads from now on; nobody leads what cannot be written. */
  tryAcquire(): boolean {
    if (this.#mayAcquire && this.#lock === undefined && this.#lockFile() === 'damaged') {
      // Nobody can hold a lock on what is no database, so nobody's lock is deleted.
      rmSync(this.#path, { force: true });
      this.#lockFile();
    }
    return this.isHeld;
  }

  #lockFile(): 'led' | 'not led' | 'damaged' {
    let lock: DatabaseSync | undefined;
    this.#reason = undefined;
    try {
      lock = new DatabaseSync(this.#path);
      lock.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      this.#lock = lock;
      return 'led';
    } catch (error) {
      lock?.close();
      const code = (error as { errcode?: number }).errcode ?? 0;
      if (damagedCodes.includes(code & 0xff)) {
        return 'damaged';
      }
      const known = toStoreError(error);
      if (!(known instanceof FamiliarError)) {
        throw error;
      }
      this.#reason = followingCodes.includes(code & 0xff) ? undefined : known;
      return 'not led';
    }
  }

  release(): void {
    this.#lock?.close();
    this.#lock = undefined;
  }
}

/**
 * SQLITE_BUSY (5) and SQLITE_LOCKED (6): somebody else leads; SQLITE_READONLY (8) and
 * SQLITE_CANTOPEN (14): the folder cannot be written.
 */
const followingCodes: readonly number[] = [5, 6, 8, 14];
/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const damagedCodes: readonly number[] = [11, 26];
