import { type Box, iou, type Size } from '../../common/geometry.ts';
import type { Database, Row } from './database.ts';

/** Where a picture lies, as a person knows it. */
export interface FacePlace {
  /** Id of the workspace folder. */
  readonly folder: string;
  readonly relativePath: string;
}

export interface DecidedFace {
  readonly stableId: number;
  readonly source: 'detected' | 'manual';
  /** Relative to the size of the image: 0…1, so that it survives a save in another size. */
  readonly box: Box;
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
  return {
    stableId: Number(row['stable_id']),
    source: row['source'] === 'manual' ? 'manual' : 'detected',
    box: {
      x: Number(row['x']),
      y: Number(row['y']),
      width: Number(row['width']),
      height: Number(row['height']),
    },
  };
}

/**
 * The faces of which a person decided something: those drawn by hand and those of rejections, by
 * their stable ids. Each is described by content, path and box, since the face itself goes with its
 * image when the file is saved or processed again; nothing that indexing does deletes it here.
 */
export class DecidedFaceTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Remembers a face of an image, at every file that shows the image.
   *
   * @param face its box in pixels of the upright image
   */
  add(face: DecidedFace, image: Size & { readonly contentHash: string }): void {
    const files = this.#database.all(
      'SELECT folder, relative_path FROM file WHERE content_hash = ?',
      image.contentHash,
    );
    const places = files.map((row) => ({
      folder: String(row['folder']),
      relativePath: String(row['relative_path']),
    }));
    const decided: DecidedFace = { ...face, box: toRelativeBox(face.box, image) };
    // An image whose files are away is known by its content alone.
    for (const place of places.length > 0 ? places : [{ folder: '', relativePath: '' }]) {
      this.#insert(decided, image.contentHash, place);
    }
  }

  /** Remembers the stored faces of these stable ids, at every file that shows their images. */
  addStored(stableIds: readonly number[]): void {
    this.#database.run(
      `INSERT OR IGNORE INTO decided_face
       SELECT face.stable_id, image.content_hash,
         coalesce(file.folder, ''), coalesce(file.relative_path, ''),
         face.x / image.width, face.y / image.height,
         face.width / image.width, face.height / image.height, face.source
       FROM face JOIN image ON image.id = face.image_id
       LEFT JOIN file ON file.content_hash = image.content_hash
       WHERE face.stable_id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(stableIds),
    );
  }

  /** Notes that the faces of the content, and of these places, are at these places now. */
  carry(contentHash: string, places: readonly FacePlace[]): void {
    for (const face of this.list(contentHash, places)) {
      for (const place of places) {
        this.#insert(face, contentHash, place);
      }
    }
  }

  delete(stableId: number): void {
    this.#database.run('DELETE FROM decided_face WHERE stable_id = ?', stableId);
  }

  /** The faces decided on the content, or on what lay at these places before. */
  list(contentHash: string, places: readonly FacePlace[]): DecidedFace[] {
    const faces = this.#database.all(
      'SELECT * FROM decided_face WHERE content_hash = ? ORDER BY stable_id',
      contentHash,
    );
    for (const { folder, relativePath } of places) {
      faces.push(
        ...this.#database.all(
          'SELECT * FROM decided_face WHERE folder = ? AND relative_path = ? ORDER BY stable_id',
          folder,
          relativePath,
        ),
      );
    }
    const byId = new Map<number, DecidedFace>();
    for (const face of faces.map(toDecidedFace)) {
      // Rows of the content itself come first and are the exact ones.
      if (!byId.has(face.stableId)) {
        byId.set(face.stableId, face);
      }
    }
    return [...byId.values()];
  }

  /** Boxes that people drew, relative to the image, each once. */
  drawnBoxes(contentHash: string, places: readonly FacePlace[]): Box[] {
    const boxes: Box[] = [];
    for (const { source, box } of this.list(contentHash, places)) {
      if (source === 'manual' && !boxes.some((known) => iou(known, box) > 0.99)) {
        boxes.push(box);
      }
    }
    return boxes;
  }

  #insert({ stableId, source, box }: DecidedFace, contentHash: string, place: FacePlace): void {
    this.#database.run(
      'INSERT OR IGNORE INTO decided_face VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
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
