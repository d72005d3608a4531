import { existsSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { isCurrent, migrate } from './schema.ts';
import { withStoreErrors } from './storeError.ts';

/** Pages that a search reads again and again; SQLite's own default is 2 MB. */
const cacheKib = 32_768;

export type Row = Readonly<Record<string, unknown>>;

/** How long a statement waits for another process's write before it fails, in milliseconds. */
const busyTimeoutMs = 10_000;

/**
 * The SQLite connection: prepared statements by their text, transactions, errors of ours.
 *
 * Write-ahead logging with `synchronous = NORMAL` keeps every committed transaction over a
 * killed process and a consistent (perhaps slightly older) database over a power cut.
 */
export class Database {
  readonly readOnly: boolean;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  private constructor(connection: DatabaseSync, readOnly: boolean) {
    this.#connection = connection;
    this.readOnly = readOnly;
  }

  /**
   * Opens or creates the database at `path` and brings its schema up to date.
   *
   * @throws FamiliarError `store-damaged`, `store-version`, `store-locked`, `store-readonly`.
   */
  static open(path: string, options: { readonly readOnly: boolean }): Database {
    return withStoreErrors(() => {
      // A read-only library that does not exist yet is an empty one.
      const location = options.readOnly && !existsSync(path) ? ':memory:' : path;
      const readOnly = options.readOnly && location === path;
      const connection = new DatabaseSync(location, { readOnly });
      try {
        connection.exec(
          `PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA foreign_keys = ON;
           PRAGMA cache_size = -${cacheKib}`,
        );
        if (readOnly) {
          isCurrent(connection);
        } else {
          connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
          migrate(connection);
        }
        // Touches every table's root page, so that a damaged file is found here and not later.
        connection.prepare('SELECT count(*) FROM sqlite_schema').get();
      } catch (error) {
        connection.close();
        throw error;
      }
      return new Database(connection, options.readOnly);
    });
  }

  run(sql: string, ...values: SQLInputValue[]): { changes: number; lastId: number } {
    return withStoreErrors(() => {
      const { changes, lastInsertRowid } = this.#prepare(sql).run(...values);
      return { changes: Number(changes), lastId: Number(lastInsertRowid) };
    });
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return withStoreErrors(() => this.#prepare(sql).get(...values));
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return withStoreErrors(() => this.#prepare(sql).all(...values));
  }

  /** One number from the first column of the first row; 0 where there is no row or it is NULL. */
  number(sql: string, ...values: SQLInputValue[]): number {
    const row = this.get(sql, ...values);
    return row === undefined ? 0 : Number(Object.values(row)[0] ?? 0);
  }

  /** All or nothing; inside another transaction it is part of that one. */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) {
      return work();
    }
    return withStoreErrors(() => {
      this.#connection.exec('BEGIN IMMEDIATE');
      this.#depth++;
      try {
        const result = work();
        this.#connection.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#connection.isTransaction) {
          this.#connection.exec('ROLLBACK');
        }
        throw error;
      } finally {
        this.#depth--;
      }
    });
  }

  /** Changes when another connection has written; tells a reader that its caches are stale. */
  dataVersion(): number {
    return this.number('PRAGMA data_version');
  }

  /** Whether SQLite's own check finds the file sound; reads all of it. */
  isSound(): boolean {
    return this.get('PRAGMA quick_check(1)')?.['quick_check'] === 'ok';
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
