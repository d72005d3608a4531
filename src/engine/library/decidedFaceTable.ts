import { type Box, iou, type Size } from '../../common/geometry.ts';
import type { Database, Row } from './database.ts';
import { isDecided } from './decisionTable.ts';
import { fromBlob } from './vectorBlob.ts';

/** Where a picture lies, as a person knows it. */
export interface FacePlace {
  /** Id of the workspace folder. */
  readonly folder: string;
  readonly relativePath: string;
}

/** One description of a face of which a person decided something. */
export interface DecidedFace {
  readonly stableId: number;
  readonly source: 'detected' | 'manual';
  /** Relative to the size of the image: 0…1, so that it survives a save in another size. */
  readonly box: Box;
  readonly contentHash: string;
  /** Its identity vector as it lies in the database, where it is known, and whose models made it. */
  readonly identity: Uint8Array | null;
  readonly modelRevision: string | null;
  /** The style embedding of the picture it was decided on, by the same models, while that is kept. */
  readonly look: Uint8Array | null;
  /** Whether a person said that it is no face. */
  readonly isRemoved: boolean;
}

/** A box relative to the size of its image. */
export function toRelativeBox({ x, y, width, height }: Box, size: Size): Box {
  return {
    x: x / size.width,
    y: y / size.height,
    width: width / size.width,
    height: height / size.height,
  };
}

/** A relative box in pixels of the upright image. */
export function toPixelBox({ x, y, width, height }: Box, size: Size): Box {
  return {
    x: x * size.width,
    y: y * size.height,
    width: width * size.width,
    height: height * size.height,
  };
}

function toDecidedFace(row: Row): DecidedFace {
  const { identity, look } = row;
  return {
    stableId: Number(row['stable_id']),
    source: row['source'] === 'manual' ? 'manual' : 'detected',
    box: {
      x: Number(row['x']),
      y: Number(row['y']),
      width: Number(row['width']),
      height: Number(row['height']),
    },
    contentHash: String(row['content_hash']),
    identity: identity instanceof Uint8Array ? identity : null,
    look: look instanceof Uint8Array ? look : null,
    modelRevision: row['model_revision'] === null ? null : String(row['model_revision']),
    isRemoved: row['is_removed'] === 1,
  };
}

/** A face drawn by hand counts as long as its drawing is not undone. */
const counts = `(source = 'detected' OR ${isDecided('draw-face', 'decided_face.stable_id')})`;
const select = `SELECT *, ${isDecided('remove-face', 'decided_face.stable_id')} AS is_removed,
  (SELECT look FROM image WHERE image.content_hash = decided_face.content_hash
    AND image.model_revision = decided_face.model_revision) AS look
  FROM decided_face`;

/**
 * The faces of which a person decided something, by their stable ids. Each is described by content,
 * path, box and vector, since the face itself goes with its image when the file is saved or
 * processed again; nothing that indexing does deletes it here.
 */
export class DecidedFaceTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Remembers a face of a stored image, at every file that shows the image.
   *
   * @param face its box in pixels of the upright image
   */
  add(
    face: Pick<DecidedFace, 'stableId' | 'source' | 'box'>,
    image: Size & { readonly contentHash: string },
  ): void {
    const files = this.#database.all(
      'SELECT folder, relative_path FROM file WHERE content_hash = ?',
      image.contentHash,
    );
    const places = files.map((row) => ({
      folder: String(row['folder']),
      relativePath: String(row['relative_path']),
    }));
    const box = toRelativeBox(face.box, image);
    // An image whose files are away is known by its content alone.
    for (const place of places.length > 0 ? places : [{ folder: '', relativePath: '' }]) {
      this.insert({ ...face, box }, image.contentHash, place);
    }
    this.learnVectors(image.contentHash);
  }

  /** Remembers the stored faces of these stable ids, at every file that shows their images. */
  addStored(stableIds: readonly number[]): void {
    this.#database.run(
      `INSERT OR IGNORE INTO decided_face
         (stable_id, content_hash, folder, relative_path, x, y, width, height, source)
       SELECT face.stable_id, image.content_hash,
         coalesce(file.folder, ''), coalesce(file.relative_path, ''),
         face.x / image.width, face.y / image.height,
         face.width / image.width, face.height / image.height, face.source
       FROM face JOIN image ON image.id = face.image_id
       LEFT JOIN file ON file.content_hash = image.content_hash
       WHERE face.stable_id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(stableIds),
    );
    for (const contentHash of this.#contentsOf(stableIds)) {
      this.learnVectors(contentHash);
    }
  }

  /** Notes that the faces decided on the content are at this place as well. */
  carry(contentHash: string, place: FacePlace): void {
    for (const face of this.ofContent(contentHash)) {
      this.insert(face, contentHash, place);
    }
    this.learnVectors(contentHash);
  }

  /** Takes over the vectors that the newest models gave to the faces of the content. */
  learnVectors(contentHash: string): void {
    this.#database.run(
      `UPDATE decided_face SET identity = newest.identity, model_revision = newest.model_revision
       FROM (SELECT faces.stable_id, faces.identity, image.model_revision, max(image.id)
         FROM image JOIN (SELECT image_id, stable_id, identity FROM face
           UNION ALL SELECT image_id, stable_id, identity FROM set_aside_face) AS faces
         ON faces.image_id = image.id
         WHERE image.content_hash = ? GROUP BY faces.stable_id) AS newest
       WHERE decided_face.content_hash = ? AND decided_face.stable_id = newest.stable_id`,
      contentHash,
      contentHash,
    );
  }

  /** Faces decided on the content itself, each once. */
  ofContent(contentHash: string): DecidedFace[] {
    const byId = new Map<number, DecidedFace>();
    for (const row of this.#database.all(
      `${select} WHERE content_hash = ? AND ${counts} ORDER BY stable_id`,
      contentHash,
    )) {
      const face = toDecidedFace(row);
      byId.set(face.stableId, face);
    }
    return [...byId.values()];
  }

  /**
   * Faces decided on what lay at these places before, but not on the content: perhaps it shows them
   * too. A face is here once for each content that it was decided on.
   */
  ofPlaces(contentHash: string, places: readonly FacePlace[]): DecidedFace[] {
    const known = new Set(this.ofContent(contentHash).map(({ stableId }) => stableId));
    const faces: DecidedFace[] = [];
    for (const { folder, relativePath } of places) {
      for (const row of this.#database.all(
        `${select} WHERE folder = ? AND relative_path = ? AND content_hash <> ? AND ${counts}
         ORDER BY stable_id`,
        folder,
        relativePath,
        contentHash,
      )) {
        faces.push(toDecidedFace(row));
      }
    }
    return faces.filter(({ stableId }) => !known.has(stableId));
  }

  /** Boxes that people drew on the content or at these places, relative to the image. */
  drawnBoxes(contentHash: string, places: readonly FacePlace[]): Box[] {
    const drawn = ({ source }: DecidedFace) => source === 'manual';
    const boxes = this.ofContent(contentHash).filter(drawn);
    for (const face of this.ofPlaces(contentHash, places).filter(drawn)) {
      // One face has often been at one place through many contents.
      const isSame = (known: DecidedFace) =>
        known.stableId === face.stableId && iou(known.box, face.box) > 0.99;
      if (!boxes.some(isSame)) {
        boxes.push(face);
      }
    }
    return boxes.map(({ box }) => box);
  }

  /** Contents and places at which the face was decided. */
  find(stableId: number): (DecidedFace & FacePlace)[] {
    return this.#database
      .all(`${select} WHERE stable_id = ? ORDER BY folder, relative_path, content_hash`, stableId)
      .map((row) => ({
        ...toDecidedFace(row),
        folder: String(row['folder']),
        relativePath: String(row['relative_path']),
      }));
  }

  /** A stable id for a face of another library; those of this one are positive. */
  nextForeignId(): number {
    const lowest = this.#database.number('SELECT min(stable_id) FROM decided_face');
    return Math.min(0, lowest) - 1;
  }

  /** Paths of files with another content than decisions were made on. */
  changedFiles(): string[] {
    return this.#database
      .tuples(
        `SELECT DISTINCT file.path FROM decided_face JOIN file
         ON file.folder = decided_face.folder AND file.relative_path = decided_face.relative_path
         WHERE file.content_hash <> decided_face.content_hash`,
      )
      .map(([path]) => String(path));
  }

  /** The known identity vectors of each of the faces, one for each content that shows it. */
  vectors(
    stableIds: readonly number[],
    modelRevision: string,
    dimension: number,
  ): Map<number, Float32Array[]> {
    const vectors = new Map<number, Float32Array[]>();
    for (const [stableId, identity] of this.#database.tuples(
      `SELECT DISTINCT stable_id, identity FROM decided_face
       WHERE stable_id IN (SELECT value FROM json_each(?)) AND model_revision = ?
       AND identity IS NOT NULL`,
      JSON.stringify(stableIds),
      modelRevision,
    )) {
      const known = vectors.get(Number(stableId)) ?? [];
      vectors.set(Number(stableId), [...known, fromBlob(identity, dimension)]);
    }
    return vectors;
  }

  #contentsOf(stableIds: readonly number[]): string[] {
    return this.#database
      .tuples(
        `SELECT DISTINCT content_hash FROM decided_face
         WHERE stable_id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(stableIds),
      )
      .map(([contentHash]) => String(contentHash));
  }

  /** Notes one description of a face, where it is not there yet. */
  insert(
    { stableId, source, box }: Pick<DecidedFace, 'stableId' | 'source' | 'box'>,
    contentHash: string,
    place: FacePlace,
  ): void {
    this.#database.run(
      `INSERT OR IGNORE INTO decided_face
         (stable_id, content_hash, folder, relative_path, x, y, width, height, source)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      stableId,
      contentHash,
      place.folder,
      place.relativePath,
      box.x,
      box.y,
      box.width,
      box.height,
      source,
    );
  }
}
