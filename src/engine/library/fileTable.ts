import type { Database, Row } from './database.ts';
import { ofRevision } from './imageConditions.ts';

/** What a file looked like when it was last read; another size or time means another look. */
export interface FileStamp {
  readonly sizeBytes: number;
  /** Milliseconds since 1970, with the fraction that the file system gives. */
  readonly mtimeMs: number;
  /** As `mtimeMs`; 0 for files that an earlier release read, so that they are read once more. */
  readonly ctimeMs: number;
}

export interface FileRecord extends FileStamp {
  /** Id of the workspace folder it belongs to. */
  readonly folder: string;
  readonly path: string;
  /** Below the folder, with forward slashes. */
  readonly relativePath: string;
  readonly contentHash: string;
}

function toFile(row: Row): FileRecord {
  return {
    folder: String(row['folder']),
    path: String(row['path']),
    relativePath: String(row['relative_path']),
    sizeBytes: Number(row['size_bytes']),
    mtimeMs: Number(row['mtime_ms']),
    ctimeMs: Number(row['ctime_ms']),
    contentHash: String(row['content_hash']),
  };
}

/** Where which content lies. A file is here once its content has been read. */
export class FileTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  find(path: string): FileRecord | undefined {
    const row = this.#database.get('SELECT * FROM file WHERE path = ?', path);
    return row && toFile(row);
  }

  /** Path → stamp and content hash of one folder: what a scan is compared with. */
  listFolder(folder: string): Map<string, FileStamp & { readonly contentHash: string }> {
    const rows = this.#database.tuples(
      'SELECT path, size_bytes, mtime_ms, ctime_ms, content_hash FROM file WHERE folder = ?',
      folder,
    );
    return new Map(
      rows.map(([path, sizeBytes, mtimeMs, ctimeMs, contentHash]) => [
        String(path),
        {
          sizeBytes: Number(sizeBytes),
          mtimeMs: Number(mtimeMs),
          ctimeMs: Number(ctimeMs),
          contentHash: String(contentHash),
        },
      ]),
    );
  }

  listByContent(contentHash: string): FileRecord[] {
    return this.#database
      .all('SELECT * FROM file WHERE content_hash = ? ORDER BY path', contentHash)
      .map(toFile);
  }

  listFolders(): string[] {
    return this.#database
      .all('SELECT folder FROM file UNION SELECT folder FROM failure')
      .map((row) => String(row['folder']));
  }

  save(file: FileRecord): void {
    this.#database.run(
      `INSERT INTO file (folder, path, relative_path, size_bytes, mtime_ms, ctime_ms, content_hash)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (path) DO UPDATE SET folder = excluded.folder,
         relative_path = excluded.relative_path, size_bytes = excluded.size_bytes,
         mtime_ms = excluded.mtime_ms, ctime_ms = excluded.ctime_ms, content_hash = excluded.content_hash`,
      file.folder,
      file.path,
      file.relativePath,
      file.sizeBytes,
      file.mtimeMs,
      file.ctimeMs,
      file.contentHash,
    );
  }

  /** @returns whether there was such a file. */
  delete(path: string): boolean {
    return this.#database.run('DELETE FROM file WHERE path = ?', path).changes > 0;
  }

  /**
   * Forgets a folder's files; their images stay until they are purged.
   *
   * @returns the contents that they showed.
   */
  deleteFolder(folder: string): string[] {
    const deleted = this.#database.all(
      'DELETE FROM file WHERE folder = ? RETURNING content_hash',
      folder,
    );
    this.#database.run('DELETE FROM failure WHERE folder = ?', folder);
    return deleted.map((row) => String(row['content_hash']));
  }

  /** How many files lie on content that the given model revision has processed. */
  countIndexed(modelRevision: string): number {
    return this.#database.number(
      `SELECT count(*) FROM file JOIN image USING (content_hash) WHERE ${ofRevision}`,
      modelRevision,
    );
  }
}
