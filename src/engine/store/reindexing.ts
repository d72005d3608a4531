import type { Database } from './database.ts';

const key = 'reindex_up_to';

/**
 * That everything is to be processed again, kept until it is: a reindexing goes on where it was
 * after the end of the engine, and with the window that leads next.
 * Images stored later have greater ids than all before them, which tells what is still to do.
 */
export class Reindexing {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Id of the newest image that is to be processed again, 0 for none; null where none was asked for. */
  get upTo(): number | null {
    const value = this.#database.get('SELECT value FROM meta WHERE key = ?', key)?.['value'];
    return value === undefined ? null : Number(value);
  }

  /** Wants all images that are stored now, and all failures. */
  begin(): void {
    this.#database.run(
      `INSERT INTO meta SELECT ?, coalesce(max(id), 0) FROM image WHERE true
       ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
      key,
    );
  }

  /** Forgets it, unless it has begun once more since `upTo` was read. */
  end(upTo = this.upTo): void {
    this.#database.run('DELETE FROM meta WHERE key = ? AND value = ?', key, String(upTo));
  }
}
