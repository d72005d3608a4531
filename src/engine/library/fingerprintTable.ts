import type { Database } from './database.ts';
import { isShown, ofRevision } from './imageConditions.ts';

/** An image that a file shows, with what is compared of it before its picture is read. */
export interface FingerprintedImage {
  readonly id: number;
  readonly contentHash: string;
  /** Pixels of the upright image. */
  readonly width: number;
  readonly height: number;
  /** Undefined in a library that an earlier release indexed. */
  readonly fingerprint: Uint8Array | undefined;
}

/** Fingerprints by content: the same whatever models processed it. */
export class FingerprintTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  save(contentHash: string, fingerprint: Uint8Array): void {
    this.#database.run(
      'INSERT OR REPLACE INTO fingerprint (content_hash, data) VALUES (?, ?)',
      contentHash,
      fingerprint,
    );
  }

  /** All images of the revision that files show, in order of their ids. */
  listImages(modelRevision: string): FingerprintedImage[] {
    return this.#database
      .tuples(
        `SELECT image.id, image.content_hash, image.width, image.height, fingerprint.data
         FROM image LEFT JOIN fingerprint USING (content_hash)
         WHERE ${ofRevision} AND ${isShown} ORDER BY image.id`,
        modelRevision,
      )
      .map(([id, contentHash, width, height, data]) => ({
        id: Number(id),
        contentHash: String(contentHash),
        width: Number(width),
        height: Number(height),
        fingerprint: data instanceof Uint8Array ? data : undefined,
      }));
  }

  /** Deletes those of contents that are forgotten. */
  deleteUnused(): void {
    this.#database.run(
      'DELETE FROM fingerprint WHERE content_hash NOT IN (SELECT content_hash FROM image)',
    );
  }
}
