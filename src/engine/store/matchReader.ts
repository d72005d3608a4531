import type { Database } from './database.ts';
import type { FaceRecord, ImageRecord } from './imageTable.ts';
import { fromBlob } from './vectorBlob.ts';
import type { Dimensions } from './vectorSources.ts';

export interface MatchFace extends Pick<FaceRecord, 'id' | 'stableId'> {
  readonly identity: Float32Array;
}

/** What exact re-ranking needs of one image, and no more: a search reads a thousand of them. */
export interface MatchImage extends Omit<ImageRecord, 'modelRevision'> {
  readonly look: Float32Array;
  readonly faces: readonly MatchFace[];
}

export interface Place {
  readonly path: string;
  readonly relativePath: string;
}

/** Reads candidates in bulk; ids travel as one JSON array, so that the statement stays the same. */
export class MatchReader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The images that hold the given faces. */
  imagesOfFaces(faceIds: readonly number[]): number[] {
    return this.#database
      .all(
        'SELECT DISTINCT image_id FROM face WHERE id IN (SELECT value FROM json_each(?))',
        JSON.stringify(faceIds),
      )
      .map((row) => Number(row['image_id']));
  }

  /** Those of the images in which there is no face. */
  withoutFaces(imageIds: readonly number[]): number[] {
    return this.#database
      .all(
        `SELECT value FROM json_each(?)
         WHERE NOT EXISTS (SELECT 1 FROM face WHERE face.image_id = json_each.value)`,
        JSON.stringify(imageIds),
      )
      .map((row) => Number(row['value']));
  }

  images(imageIds: readonly number[], dimensions: Dimensions): MatchImage[] {
    const ids = JSON.stringify(imageIds);
    const faces = new Map<number, MatchFace[]>();
    for (const row of this.#database.all(
      `SELECT id, image_id, stable_id, identity FROM face
       WHERE image_id IN (SELECT value FROM json_each(?))`,
      ids,
    )) {
      const face = {
        id: Number(row['id']),
        stableId: Number(row['stable_id']),
        identity: fromBlob(row['identity'], dimensions.identity),
      };
      const imageId = Number(row['image_id']);
      const siblings = faces.get(imageId);
      if (siblings) {
        siblings.push(face);
      } else {
        faces.set(imageId, [face]);
      }
    }
    return this.#database
      .all(
        `SELECT id, content_hash, width, height, look FROM image
         WHERE id IN (SELECT value FROM json_each(?))`,
        ids,
      )
      .map((row) => ({
        id: Number(row['id']),
        contentHash: String(row['content_hash']),
        width: Number(row['width']),
        height: Number(row['height']),
        look: fromBlob(row['look'], dimensions.look),
        faces: faces.get(Number(row['id'])) ?? [],
      }));
  }

  /** The files that show each content, in order of their paths. */
  places(contentHashes: readonly string[]): Map<string, Place[]> {
    const places = new Map<string, Place[]>();
    for (const row of this.#database.all(
      `SELECT content_hash, path, relative_path FROM file
       WHERE content_hash IN (SELECT value FROM json_each(?)) ORDER BY path`,
      JSON.stringify(contentHashes),
    )) {
      const place = { path: String(row['path']), relativePath: String(row['relative_path']) };
      const hash = String(row['content_hash']);
      const known = places.get(hash);
      if (known) {
        known.push(place);
      } else {
        places.set(hash, [place]);
      }
    }
    return places;
  }
}
