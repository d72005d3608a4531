import { concatenate, type Dimensions } from '../../common/vector.ts';
import type { Database, Tuple } from './database.ts';
import { isShown, ofRevision } from './imageConditions.ts';
import { fromBlob } from './vectorBlob.ts';

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
/** The same for ids, which are small: some 10 ms a page. */
const idPageSize = 4_096;

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

  /** The rows of these ids, page by page; ids travel as one JSON array, as in `SearchReader`. */
  protected *pages(sql: string, ids: Int32Array): Generator<Tuple> {
    for (let from = 0; from < ids.length; from += pageSize) {
      const page = JSON.stringify([...ids.subarray(from, from + pageSize)]);
      yield* this.database.tuples(sql, this.modelRevision, page);
    }
  }

  /**
   * Ids page by page, in no order; some pages are empty. Telling what a file shows takes a while in
   * a large library: whoever answers searches meanwhile does so between two pages.
   */
  abstract idPages(): Generator<readonly number[]>;

  /** All ids at once, ascending. */
  ids(): Int32Array {
    return Int32Array.from([...this.idPages()].flat()).sort();
  }

  /** Ids of all images. They are read in the order of the index that has them. */
  protected *imagePages(): Generator<readonly number[]> {
    for (let last = ''; ; ) {
      const rows = this.database.tuples(
        `SELECT content_hash, id FROM image WHERE content_hash > ? AND ${ofRevision} AND ${isShown}
         ORDER BY content_hash LIMIT ?`,
        last,
        this.modelRevision,
        idPageSize,
      );
      yield rows.map(([, id]) => Number(id));
      if (rows.length < idPageSize) {
        return;
      }
      last = String(rows.at(-1)?.[0]);
    }
  }
}

/**
 * Faces as [identity ; look of their image], keyed by face id. CROSS JOIN keeps SQLite on the
 * faces' own order: it would otherwise begin with the images and sort all faces for every page.
 */
export class FaceVectors extends RevisionVectors {
  *idPages(): Generator<readonly number[]> {
    const found: number[] = [];
    for (const page of this.imagePages()) {
      found.push(...page);
      yield [];
    }
    const images = Int32Array.from(found).sort();
    for (let from = 0; from < images.length; from += idPageSize) {
      const page = images.subarray(from, from + idPageSize);
      const ids: number[] = [];
      let at = 0;
      for (const [id, imageId] of this.database.tuples(
        'SELECT id, image_id FROM face WHERE image_id BETWEEN ? AND ? ORDER BY image_id',
        page[0] as number,
        page.at(-1) as number,
      )) {
        while ((page[at] as number) < Number(imageId)) {
          at++;
        }
        if (page[at] === imageId) {
          ids.push(Number(id));
        }
      }
      yield ids;
    }
  }

  *vectors(ids: Int32Array): Generator<StoredVector> {
    const rows = this.pages(
      `SELECT face.id, face.identity, image.look FROM face CROSS JOIN image ON image.id = face.image_id
       WHERE image.model_revision = ? AND face.id IN (SELECT value FROM json_each(?)) AND ${isShown}
       ORDER BY face.id`,
      ids,
    );
    for (const [id, identityBlob, lookBlob] of rows) {
      const identity = fromBlob(identityBlob, this.dimensions.identity);
      const look = fromBlob(lookBlob, this.dimensions.look);
      yield { id: Number(id), vector: concatenate(identity, look) };
    }
  }
}

/** Whole images by their look, keyed by image id. */
export class LookVectors extends RevisionVectors {
  idPages(): Generator<readonly number[]> {
    return this.imagePages();
  }

  *vectors(ids: Int32Array): Generator<StoredVector> {
    const rows = this.pages(
      `SELECT id, look FROM image
       WHERE +model_revision = ? AND id IN (SELECT value FROM json_each(?)) AND ${isShown}
       ORDER BY id`,
      ids,
    );
    for (const [id, look] of rows) {
      yield { id: Number(id), vector: fromBlob(look, this.dimensions.look) };
    }
  }
}
