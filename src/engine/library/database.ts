import { accessSync, constants, existsSync } from 'node:fs';
import {
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementSync,
} from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { FamiliarError } from '../../common/failure.ts';
import { migrate, requireCurrent } from './schema.ts';
import { isCorrupt, withStoreErrors } from './storeError.ts';

/** Pages that a search reads again and again; SQLite's own default is 2 MB. */
const cacheKib = 32_768;

export type Row = Readonly<Record<string, unknown>>;
/** The values of a row in the order of its columns. */
export type Tuple = readonly SQLOutputValue[];

/** How long a statement waits for another process's write before it fails, in milliseconds. */
const busyTimeoutMs = 10_000;

export interface DatabaseOptions {
  readonly readOnly: boolean;
  /** A statement found the file broken; the statement fails with the same error. */
  readonly onCorrupt?: (error: FamiliarError) => void;
}

/**
 * The SQLite connection: prepared statements by their text, transactions, errors of ours.
 *
 * Write-ahead logging with `synchronous = NORMAL` keeps every committed transaction over a
 * killed process and a consistent (perhaps slightly older) database over a power cut.
 */
export class Database {
  readonly readOnly: boolean;
  readonly #connection: DatabaseSync;
  readonly #onCorrupt: ((error: FamiliarError) => void) | undefined;
  readonly #statements = new Map<string, StatementSync>();
  readonly #tupleStatements = new Map<string, StatementSync>();
  #depth = 0;

  private constructor(connection: DatabaseSync, { readOnly, onCorrupt }: DatabaseOptions) {
    this.#connection = connection;
    this.#onCorrupt = onCorrupt;
    this.readOnly = readOnly;
  }

  /**
   * Opens or creates the database at `path` and brings its schema up to date.
   *
   * @throws FamiliarError `store-damaged`, `store-version`, `store-locked`, `store-readonly`.
   */
  static open(path: string, options: DatabaseOptions): Database {
    return withStoreErrors(() => {
      // A read-only library that does not exist yet is an empty one.
      const location = options.readOnly && !existsSync(path) ? ':memory:' : path;
      const readOnly = options.readOnly && location === path;
      if (!readOnly && existsSync(location)) {
        // SQLite opens a file that it may not write without a word, and fails at the first write.
        accessSync(location, constants.W_OK);
      }
      const connection = readOnly ? openReadOnly(location) : new DatabaseSync(location);
      try {
        connection.exec(
          `PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA foreign_keys = ON;
           PRAGMA cache_size = -${cacheKib}`,
        );
        if (readOnly) {
          requireCurrent(connection);
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
      return new Database(connection, options);
    });
  }

  run(sql: string, ...values: SQLInputValue[]): { changes: number; lastId: number } {
    return this.#guarded(() => {
      const { changes, lastInsertRowid } = this.#prepare(sql).run(...values);
      return { changes: Number(changes), lastId: Number(lastInsertRowid) };
    });
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guarded(() => this.#prepare(sql).get(...values));
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guarded(() => this.#prepare(sql).all(...values));
  }

  /** Like `all`, for what is read by the thousand: a tuple costs less than an object. */
  tuples(sql: string, ...values: SQLInputValue[]): Tuple[] {
    return this.#guarded(() => {
      let statement = this.#tupleStatements.get(sql);
      if (statement === undefined) {
        statement = this.#connection.prepare(sql);
        statement.setReturnArrays(true);
        this.#tupleStatements.set(sql, statement);
      }
      return statement.all(...values) as unknown as Tuple[];
    });
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
    return this.#guarded(() => {
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

  /** Everything that `work` reads is of one moment, whatever other processes write meanwhile. */
  snapshot<T>(work: () => T): T {
    if (this.#depth > 0) {
      return work();
    }
    return this.#guarded(() => {
      this.#connection.exec('BEGIN');
      this.#depth++;
      try {
        return work();
      } finally {
        this.#depth--;
        // Nothing was written: there is nothing to roll back.
        this.#connection.exec('COMMIT');
      }
    });
  }

  /** Changes when another connection has written; tells a reader that its caches are stale. */
  dataVersion(): number {
    return this.number('PRAGMA data_version');
  }

  /**
   * Reads all of the file, for damage where nothing has looked yet.
   *
   * @throws FamiliarError `store-damaged`; it heals like any damage that is met.
   */
  requireSound(): void {
    if (this.get('PRAGMA quick_check(1)')?.['quick_check'] !== 'ok') {
      const error = new FamiliarError('store-damaged', 'The database file is damaged.', {
        remedy: 'The library is set aside and built anew at the next start.',
      });
      this.#onCorrupt?.(error);
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#tupleStatements.clear();
    this.#connection.close();
  }

  #guarded<T>(work: () => T): T {
    try {
      return withStoreErrors(work);
    } catch (error) {
      if (isCorrupt(error)) {
        this.#onCorrupt?.(error);
      }
      throw error;
    }
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

/** SQLITE_CANTOPEN, and SQLITE_READONLY_DIRECTORY in a folder of somebody else's. */
const cannotMakeFiles: ReadonlySet<number | undefined> = new Set([14, 1544]);

/**
 * A database with a write-ahead log needs a file beside it even for reading. Where that cannot be
 * made and there is no log, the file is whole by itself and is read as one that nobody changes.
 */
function openReadOnly(path: string): DatabaseSync {
  const connection = new DatabaseSync(path, { readOnly: true });
  try {
    connection.prepare('SELECT count(*) FROM sqlite_schema').get();
    return connection;
  } catch (error) {
    connection.close();
    const { errcode } = error as { errcode?: number };
    if (!cannotMakeFiles.has(errcode) || existsSync(`${path}-wal`)) {
      throw error;
    }
    const url = pathToFileURL(path);
    url.searchParams.set('immutable', '1');
    return new DatabaseSync(url, { readOnly: true });
  }
}
