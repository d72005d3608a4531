import type { FailureCode } from '../../common/failure.ts';
import type { Database, Row } from './database.ts';
import type { FileStamp } from './fileTable.ts';

export interface FailedFileRecord extends FileStamp {
  readonly folder: string;
  readonly path: string;
  readonly relativePath: string;
  /** A failure of one model revision does not speak for the next. */
  readonly modelRevision: string;
  readonly code: FailureCode;
  readonly message: string;
  readonly remedy: string;
  /** Whether the engine died on it, so that it is not tried again unless asked to. */
  readonly quarantined: boolean;
}

export interface StoredFailure extends FailedFileRecord {
  readonly id: number;
  readonly attempts: number;
}

function rowToFailure(row: Row): StoredFailure {
  return {
    id: Number(row['id']),
    folder: String(row['folder']),
    path: String(row['path']),
    relativePath: String(row['relative_path']),
    sizeBytes: Number(row['size_bytes']),
    mtimeMs: Number(row['mtime_ms']),
    ctimeMs: Number(row['ctime_ms']),
    modelRevision: String(row['model_revision']),
    code: row['code'] as FailureCode,
    message: String(row['message']),
    remedy: String(row['remedy']),
    attempts: Number(row['attempts']),
    quarantined: row['quarantined'] === 1,
  };
}

/** Files that could not be indexed, each with its reason, until they change or are retried. */
export class FailureTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): StoredFailure[] {
    return this.#database.all('SELECT * FROM failure ORDER BY relative_path').map(rowToFailure);
  }

  listFolder(folder: string): Map<string, StoredFailure> {
    const rows = this.#database.all('SELECT * FROM failure WHERE folder = ?', folder);
    return new Map(rows.map((row) => [String(row['path']), rowToFailure(row)]));
  }

  find(path: string): StoredFailure | undefined {
    const row = this.#database.get('SELECT * FROM failure WHERE path = ?', path);
    return row && rowToFailure(row);
  }

  count(): number {
    return this.#database.number('SELECT count(*) FROM failure');
  }

  save(failure: FailedFileRecord): void {
    this.#database.run(
      `INSERT INTO failure (folder, path, relative_path, size_bytes, mtime_ms, ctime_ms, model_revision,
         code, message, remedy, attempts, quarantined)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)
       ON CONFLICT (path) DO UPDATE SET folder = excluded.folder,
         relative_path = excluded.relative_path, size_bytes = excluded.size_bytes,
         mtime_ms = excluded.mtime_ms, ctime_ms = excluded.ctime_ms, model_revision = excluded.model_revision,
         code = excluded.code, message = excluded.message, remedy = excluded.remedy,
         attempts = attempts + 1, quarantined = excluded.quarantined`,
      failure.folder,
      failure.path,
      failure.relativePath,
      failure.sizeBytes,
      failure.mtimeMs,
      failure.ctimeMs,
      failure.modelRevision,
      failure.code,
      failure.message,
      failure.remedy,
      failure.quarantined ? 1 : 0,
    );
  }

  /** @returns whether there was such a failure. */
  delete(path: string): boolean {
    return this.#database.run('DELETE FROM failure WHERE path = ?', path).changes > 0;
  }
}
