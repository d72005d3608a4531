import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Which of several engines on one library may write. The leader holds an exclusive SQLite lock,
 * which the operating system drops whenever and however the process ends; so there is never a
 * stale lock, on any platform, and a follower can try again at any time.
 */
export class Leadership {
  readonly #path: string;
  readonly #readOnly: boolean;
  #lock: DatabaseSync | undefined;

  /** @param readOnly a library that cannot be written has no leader. */
  constructor(storageFolder: string, readOnly: boolean) {
    this.#path = join(storageFolder, 'leader.lock');
    this.#readOnly = readOnly;
  }

  get isLeader(): boolean {
    return this.#lock !== undefined;
  }

  /** @returns whether this process leads from now on. */
  tryToLead(): boolean {
    if (this.#lock !== undefined || this.#readOnly) {
      return !this.#readOnly;
    }
    const lock = new DatabaseSync(this.#path);
    try {
      lock.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      this.#lock = lock;
      return true;
    } catch (error) {
      lock.close();
      if (isBusy(error)) {
        return false;
      }
      throw error;
    }
  }

  resign(): void {
    this.#lock?.close();
    this.#lock = undefined;
  }
}

/** SQLITE_BUSY (5) or SQLITE_LOCKED (6): somebody else leads. */
function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode ?? 0;
  return [5, 6].includes(code & 0xff);
}
