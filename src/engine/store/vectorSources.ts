import { concatenate } from '../../base/vector.ts';
import type { Database } from './database.ts';
import { fromBlob } from './vectorBlob.ts';

export interface Dimensions {
  readonly identity: number;
  readonly look: number;
}

/** A vector and the row it belongs to; ids are positive, ascending and never used again. */
export interface StoredVector {
  readonly id: number;
  readonly vector: Float32Array;
}

/**
 * Rows read at a time: a statement left open would hold back the write-ahead log, and whoever
 * iterates lets other work in between.
 */
const pageSize = 512;

const isShown = 'EXISTS (SELECT 1 FROM file WHERE file.content_hash = image.content_hash)';

/**
 * The vectors of one model revision that an index is made from. Images that no file shows any
 * more are left out, although the store keeps them for a while.
 */
abstract class RevisionVectors {
  protected readonly database: Database;
  protected readonly modelRevision: string;
  protected readonly dimensions: Dimensions;

  constructor(database: Database, modelRevision: string, dimensions: Dimensions) {
    this.database = database;
    this.modelRevision = modelRevision;
    this.dimensions = dimensions;
  }

  protected *pages(sql: string, afterId: number): Generator<Record<string, unknown>> {
    for (let last = afterId; ; ) {
      const rows = this.database.all(sql, this.modelRevision, last, pageSize);
      yield* rows;
      if (rows.length < pageSize) {
        return;
      }
      last = Number(rows.at(-1)?.['id']);
    }
  }

  protected *idsOf(sql: string): Generator<number> {
    for (const row of this.pages(sql, 0)) {
      yield Number(row['id']);
    }
  }
}

/**
 * Faces as [identity ; look of their image], keyed by face id. CROSS JOIN keeps SQLite on the
 * faces' own order: it would otherwise begin with the images and sort all faces for every page.
 */
export class FaceVectors extends RevisionVectors {
  ids(): Iterable<number> {
    return this.idsOf(
      `SELECT face.id FROM face CROSS JOIN image ON image.id = face.image_id
       WHERE image.model_revision = ? AND face.id > ? AND ${isShown} ORDER BY face.id LIMIT ?`,
    );
  }

  *vectors(afterId: number): Generator<StoredVector> {
    const rows = this.pages(
      `SELECT face.id, face.identity, image.look FROM face CROSS JOIN image ON image.id = face.image_id
       WHERE image.model_revision = ? AND face.id > ? AND ${isShown} ORDER BY face.id LIMIT ?`,
      afterId,
    );
    for (const row of rows) {
      const identity = fromBlob(row['identity'], this.dimensions.identity);
      const look = fromBlob(row['look'], this.dimensions.look);
      yield { id: Number(row['id']), vector: concatenate(identity, look) };
    }
  }
}

/** Whole images by their look, keyed by image id. */
export class LookVectors extends RevisionVectors {
  ids(): Iterable<number> {
    return this.idsOf(
      `SELECT id FROM image WHERE model_revision = ? AND id > ? AND ${isShown}
       ORDER BY id LIMIT ?`,
    );
  }

  *vectors(afterId: number): Generator<StoredVector> {
    const rows = this.pages(
      `SELECT id, look FROM image WHERE model_revision = ? AND id > ? AND ${isShown}
       ORDER BY id LIMIT ?`,
      afterId,
    );
    for (const row of rows) {
      yield { id: Number(row['id']), vector: fromBlob(row['look'], this.dimensions.look) };
    }
  }
}
