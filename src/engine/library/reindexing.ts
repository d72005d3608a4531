import type { Database } from './database.ts';
import type { MetaTable } from './metaTable.ts';

const key = 'reindex_up_to';

/**
 * That everything is to be processed again, kept until it is: a reindexing goes on where it was
 * after the end of the engine, and with the window that leads next.
 * Images stored later have greater ids than all before them, which tells what is still to do.
 */
export class Reindexing {
  readonly #database: Database;
  readonly #meta: MetaTable;

  constructor(database: Database, meta: MetaTable) {
    this.#database = database;
    this.#meta = meta;
  }

  /** Id of the newest image that is to be processed again, 0 for none; null where none was asked for. */
  get upTo(): number | null {
    const value = this.#meta.get(key);
    return value === undefined ? null : Number(value);
  }

  /** Wants all images that are stored now, and all failures. */
  begin(): void {
    const newest = this.#database.number('SELECT coalesce(max(id), 0) FROM image');
    this.#meta.set(key, String(newest));
  }

  /** Forgets it, unless it has begun once more since `upTo` was read. */
  end(upTo = this.upTo): void {
    if (this.upTo === upTo) {
      this.#meta.delete(key);
    }
  }
}
