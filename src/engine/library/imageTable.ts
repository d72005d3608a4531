import type { Box } from '../../common/geometry.ts';
import type { Database, Row } from './database.ts';
import { isShown, ofRevision } from './imageConditions.ts';
import type { RowIds } from './libraryChange.ts';
import { type KnownAs, type KnownFaces, matchFaces } from './matchFaces.ts';
import { fromBlob, toBlob } from './vectorBlob.ts';

export interface ImageRecord {
  readonly id: number;
  readonly contentHash: string;
  readonly modelRevision: string;
  /** Pixels of the upright image. */
  readonly width: number;
  readonly height: number;
}

export interface FaceRecord {
  readonly id: number;
  readonly imageId: number;
  /** The face as a person knows it: kept when the picture is detected anew. */
  readonly stableId: number;
  readonly box: Box;
  readonly score: number;
  readonly source: 'detected' | 'manual';
}

/** A face to be stored: its box in pixels of the upright image and its unit identity vector. */
export interface NewFace {
  readonly box: Box;
  readonly score: number;
  readonly source: 'detected' | 'manual';
  readonly identity: Float32Array;
}

export interface NewImage {
  readonly contentHash: string;
  readonly modelRevision: string;
  readonly width: number;
  readonly height: number;
  /** Unit look vector of the whole image. */
  readonly look: Float32Array;
  /** See `computeFingerprint`; whoever has none leaves it to be computed when it is needed. */
  readonly fingerprint?: Uint8Array;
  readonly faces: readonly NewFace[];
}

/** A new face that is one known before. */
export interface KnownFace extends KnownAs {
  readonly face: NewFace;
}

/** A stored image, what it took the place of, and which of its faces were known. */
export interface SavedImage {
  readonly imageId: number;
  readonly faceIds: number[];
  /** Those that are to be found, with their vectors. */
  readonly faces: readonly { readonly id: number; readonly identity: Float32Array }[];
  readonly replaced: RowIds;
  readonly known: readonly KnownFace[];
}

export function toImage(row: Row): ImageRecord {
  return {
    id: Number(row['id']),
    contentHash: String(row['content_hash']),
    modelRevision: String(row['model_revision']),
    width: Number(row['width']),
    height: Number(row['height']),
  };
}

export function toFace(row: Row): FaceRecord {
  return {
    id: Number(row['id']),
    imageId: Number(row['image_id']),
    stableId: Number(row['stable_id']),
    box: {
      x: Number(row['x']),
      y: Number(row['y']),
      width: Number(row['width']),
      height: Number(row['height']),
    },
    score: Number(row['score']),
    source: row['source'] === 'manual' ? 'manual' : 'detected',
  };
}

/** Processed content: one row per content and model revision, with its faces. */
export class ImageTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  find(id: number): ImageRecord | undefined {
    const row = this.#database.get('SELECT * FROM image WHERE id = ?', id);
    return row && toImage(row);
  }

  findByContent(contentHash: string, modelRevision: string): ImageRecord | undefined {
    const row = this.#database.get(
      'SELECT * FROM image WHERE content_hash = ? AND model_revision = ?',
      contentHash,
      modelRevision,
    );
    return row && toImage(row);
  }

  /** What each model revision made of the content. */
  allOfContent(contentHash: string): ImageRecord[] {
    return this.#database
      .all('SELECT * FROM image WHERE content_hash = ? ORDER BY id DESC', contentHash)
      .map(toImage);
  }

  /**
   * Content hashes that the revision has processed: what a scan need not process again.
   *
   * @param above only images with greater ids
   */
  listContents(modelRevision: string, above = 0): Set<string> {
    const rows = this.#database.tuples(
      `SELECT content_hash FROM image WHERE ${ofRevision} AND id > ?`,
      modelRevision,
      above,
    );
    return new Set(rows.map(([contentHash]) => String(contentHash)));
  }

  look(id: number, dimension: number): Float32Array | undefined {
    const row = this.#database.get('SELECT look FROM image WHERE id = ?', id);
    return row && fromBlob(row['look'], dimension);
  }

  faces(imageId: number): FaceRecord[] {
    return this.#database
      .all('SELECT * FROM face WHERE image_id = ? ORDER BY x, y, id', imageId)
      .map(toFace);
  }

  face(id: number): FaceRecord | undefined {
    const row = this.#database.get('SELECT * FROM face WHERE id = ?', id);
    return row && toFace(row);
  }

  /** By id, those that are still there. */
  facesOf(ids: readonly number[]): Map<number, FaceRecord> {
    const faces = this.#database
      .tuples(
        `SELECT id, image_id, stable_id, x, y, width, height, score, source FROM face
         WHERE id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(ids),
      )
      .map(([id, imageId, stableId, x, y, width, height, score, source]) => ({
        id: Number(id),
        imageId: Number(imageId),
        stableId: Number(stableId),
        box: { x: Number(x), y: Number(y), width: Number(width), height: Number(height) },
        score: Number(score),
        source: source === 'manual' ? ('manual' as const) : ('detected' as const),
      }));
    return new Map(faces.map((face) => [face.id, face]));
  }

  identity(faceId: number, dimension: number): Float32Array | undefined {
    const row = this.#database.get('SELECT identity FROM face WHERE id = ?', faceId);
    return row && fromBlob(row['identity'], dimension);
  }

  /**
   * Stores an image with its faces, in the place of an older result for the same content. Faces
   * that people removed are set aside, boxes drawn on another picture in its place left out.
   *
   * @param decided faces of which people decided something
   */
  save(
    image: NewImage,
    decided: Omit<KnownFaces, 'before'> = { ofContent: [], ofPlaces: [] },
  ): SavedImage {
    return this.#database.transaction(() => {
      const before = this.#facesOfContent(image.contentHash);
      const known = matchFaces(image, { ...decided, before });
      const { imageId, replaced } = this.#replace(image, before);
      const faces: { id: number; identity: Float32Array }[] = [];
      const knownFaces: KnownFace[] = [];
      for (const [i, face] of image.faces.entries()) {
        const as = known[i];
        if (as === undefined && face.source === 'manual') {
          // Drawn on what lay here before; this picture shows something else there.
          continue;
        }
        if (as !== undefined) {
          knownFaces.push({ ...as, face });
        }
        if (as?.isRemoved === true) {
          this.#addSetAside(imageId, face, as.stableId);
        } else {
          const id = this.addFace(imageId, face, as?.stableId);
          faces.push({ id, identity: face.identity });
        }
      }
      const faceIds = faces.map(({ id }) => id);
      return { imageId, faceIds, faces, replaced, known: knownFaces };
    });
  }

  #replace(image: NewImage, before: readonly FaceRecord[]): { imageId: number; replaced: RowIds } {
    const images = this.#database
      .all(
        'DELETE FROM image WHERE content_hash = ? AND model_revision = ? RETURNING id',
        image.contentHash,
        image.modelRevision,
      )
      .map((row) => Number(row['id']));
    const faces = before.flatMap(({ id, imageId }) => (images.includes(imageId) ? [id] : []));
    const { lastId: imageId } = this.#database.run(
      `INSERT INTO image (content_hash, model_revision, width, height, look)
       VALUES (?, ?, ?, ?, ?)`,
      image.contentHash,
      image.modelRevision,
      image.width,
      image.height,
      toBlob(image.look),
    );
    return { imageId, replaced: { images, faces } };
  }

  /** @returns the id of the new face. */
  addFace(imageId: number, face: NewFace, stableId?: number): number {
    const { lastId } = this.#database.run(
      `INSERT INTO face (image_id, stable_id, x, y, width, height, score, source, identity)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      imageId,
      stableId ?? null,
      face.box.x,
      face.box.y,
      face.box.width,
      face.box.height,
      face.score,
      face.source,
      toBlob(face.identity),
    );
    if (stableId === undefined) {
      this.#database.run('UPDATE face SET stable_id = id WHERE id = ?', lastId);
    }
    return lastId;
  }

  /**
   * Takes a face away, in every revision, without forgetting it.
   *
   * @returns the ids under which the content had it.
   */
  setAside(stableId: number): number[] {
    this.#database.run(
      `INSERT OR REPLACE INTO set_aside_face
       SELECT image_id, stable_id, x, y, width, height, score, source, identity
       FROM face WHERE stable_id = ?`,
      stableId,
    );
    return this.#database
      .all('DELETE FROM face WHERE stable_id = ? RETURNING id', stableId)
      .map((row) => Number(row['id']));
  }

  /**
   * Brings a face back that was set aside. It gets another id: an index never sees one twice.
   *
   * @returns the images that have it again.
   */
  bringBack(stableId: number): number[] {
    this.#database.run(
      `INSERT INTO face (image_id, stable_id, x, y, width, height, score, source, identity)
       SELECT image_id, stable_id, x, y, width, height, score, source, identity
       FROM set_aside_face WHERE stable_id = ?`,
      stableId,
    );
    return this.#database
      .all('DELETE FROM set_aside_face WHERE stable_id = ? RETURNING image_id', stableId)
      .map((row) => Number(row['image_id']));
  }

  /** Stable ids of all faces of an image, also of those that were set aside. */
  stableIds(imageId: number): Set<number> {
    const rows = this.#database.tuples(
      `SELECT stable_id FROM face WHERE image_id = ?
       UNION SELECT stable_id FROM set_aside_face WHERE image_id = ?`,
      imageId,
      imageId,
    );
    return new Set(rows.map(([stableId]) => Number(stableId)));
  }

  /** Deletes what other model revisions computed. */
  deleteOtherRevisions(modelRevision: string): void {
    this.#database.run('DELETE FROM image WHERE model_revision <> ?', modelRevision);
  }

  /**
   * Notes which images no file shows any more, and deletes those that none has shown for
   * `keepMs`: a branch that comes back, or a drive, finds its images still known.
   *
   * @returns the content hashes of those.
   */
  purgeOrphans(nowMs: number, keepMs: number): string[] {
    return this.#database.transaction(() => {
      this.#database.run(
        `UPDATE image SET orphaned_ms = NULL WHERE orphaned_ms IS NOT NULL AND ${isShown}`,
      );
      this.#database.run(
        `UPDATE image SET orphaned_ms = ? WHERE orphaned_ms IS NULL
         AND id IN (SELECT id FROM image WHERE NOT ${isShown})`,
        nowMs,
      );
      const purged = this.#database.all(
        'DELETE FROM image WHERE orphaned_ms < ? RETURNING content_hash',
        nowMs - keepMs,
      );
      return purged.map((row) => String(row['content_hash']));
    });
  }

  /** Whether there is an image of that content, of whatever revision, shown or not. */
  hasContent(contentHash: string): boolean {
    const row = this.#database.get('SELECT 1 FROM image WHERE content_hash = ?', contentHash);
    return row !== undefined;
  }

  #addSetAside(imageId: number, face: NewFace, stableId: number): void {
    this.#database.run(
      'INSERT INTO set_aside_face VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      imageId,
      stableId,
      face.box.x,
      face.box.y,
      face.box.width,
      face.box.height,
      face.score,
      face.source,
      toBlob(face.identity),
    );
  }

  #facesOfContent(contentHash: string): FaceRecord[] {
    return this.#database
      .all(
        `SELECT face.* FROM face JOIN image ON image.id = face.image_id
         WHERE image.content_hash = ? ORDER BY face.id DESC`,
        contentHash,
      )
      .map(toFace);
  }
}
