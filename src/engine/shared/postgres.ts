import pg from 'pg';
import { FamiliarError } from '../../common/failure.ts';

// The only importer of pg.

export type Row = Readonly<Record<string, unknown>>;
export type Run = (sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

const connectTimeoutMs = 10_000;
/** Far beyond what a search or a page of images takes; building an index has no limit. */
const statementTimeoutMs = 60_000;

const where = 'Check FAMILIAR_FACES_SHARED';
const remedies: Readonly<Record<string, string>> = {
  ECONNREFUSED: `${where}, and that the database server runs.`,
  ENOTFOUND: `${where}: there is no server of that name.`,
  ETIMEDOUT: `${where}, and that the database server can be reached.`,
  '28P01': `${where}: user and password are not accepted.`,
  '28000': `${where}: this user may not connect.`,
  '3D000': `${where}: there is no database of that name.`,
  '42501':
    'Ask who runs the database for rights on the schema familiar_faces (docs/shared-library.md).',
  '0A000': 'Install pgvector 0.8 or newer on the database server.',
  '58P01': 'Install pgvector 0.8 or newer on the database server.',
  '42704': 'Install pgvector 0.8 or newer on the database server.',
};

/** The address never goes into a message: it holds the password. */
function toSharedLibraryError(error: unknown): FamiliarError {
  if (error instanceof FamiliarError) {
    return error;
  }
  const { code, message } = error as { code?: unknown; message?: unknown };
  const remedy = remedies[String(code)] ?? `${where} and the log of the database server.`;
  return new FamiliarError(
    'shared-library',
    `Expected an answer of the shared library but received ${String(message || code)}.`,
    { remedy, cause: error },
  );
}

/** A few connections to one PostgreSQL server. All errors are `shared-library`. */
export class Postgres {
  readonly #pool: pg.Pool;

  /** @param url as libpq takes it: `postgres://user:password@host:port/database?sslmode=…`. */
  constructor(url: string) {
    try {
      this.#pool = new pg.Pool({
        connectionString: url,
        max: 4,
        connectionTimeoutMillis: connectTimeoutMs,
        application_name: 'familiar-faces',
      });
    } catch (error) {
      throw toSharedLibraryError(error);
    }
    // A connection that breaks while nobody uses it; the next statement opens another, or fails.
    this.#pool.on('error', () => undefined);
  }

  async query(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    try {
      return (await this.#pool.query<Row>(sql, [...values])).rows;
    } catch (error) {
      throw toSharedLibraryError(error);
    }
  }

  /** All or nothing. */
  async transaction<T>(
    work: (run: Run) => Promise<T>,
    { timeoutMs = statementTimeoutMs }: { readonly timeoutMs?: number } = {},
  ): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw toSharedLibraryError(error);
    });
    const run: Run = async (sql, values = []) => (await client.query<Row>(sql, [...values])).rows;
    try {
      await run('BEGIN');
      await run(`SET LOCAL statement_timeout = ${timeoutMs}`);
      const result = await work(run);
      await run('COMMIT');
      client.release();
      return result;
    } catch (error) {
      // Closing the connection rolls back, also where the server no longer answers.
      client.release(true);
      throw toSharedLibraryError(error);
    }
  }

  /** Text as an SQL literal, for statements that take no parameters. */
  literal(text: string): string {
    return pg.escapeLiteral(text);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
