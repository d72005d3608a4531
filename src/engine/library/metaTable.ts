import type { Database } from './database.ts';

/** Under which name the library keeps what the last scan left out. */
export const passedOverKey = 'passed-over';

/** Under which name it keeps how many images a second were indexed last. */
export const indexingRateKey = 'indexing-rate';

/** Facts about the library as a whole, by name. */
export class MetaTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get(key: string): string | undefined {
    const value = this.#database.get('SELECT value FROM meta WHERE key = ?', key)?.['value'];
    return value === undefined ? undefined : String(value);
  }

  set(key: string, value: string): void {
    this.#database.run(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      value,
    );
  }

  delete(key: string): void {
    this.#database.run('DELETE FROM meta WHERE key = ?', key);
  }
}
