import type { Dimensions } from '../../common/vector.ts';
import type { Database } from './database.ts';
import type { FaceRecord, ImageRecord } from './imageTable.ts';
import type { IndexedImage, RowIds } from './libraryChange.ts';
import { fromBlob, numbersIn } from './vectorBlob.ts';

export interface MatchFace extends Pick<FaceRecord, 'id' | 'stableId'> {
  readonly identity: Float32Array;
}

/** What there is to say of an image beside its vectors. */
export interface DescribedImage extends Omit<ImageRecord, 'modelRevision'> {
  readonly faces: readonly Pick<FaceRecord, 'id' | 'stableId'>[];
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
export class SearchReader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The images that hold the given faces. */
  imagesOfFaces(faceIds: readonly number[]): number[] {
    const rows = this.#database.tuples(
      'SELECT image_id FROM face WHERE id IN (SELECT value FROM json_each(?))',
      JSON.stringify(faceIds),
    );
    return [...new Set(rows.map(([imageId]) => Number(imageId)))];
  }

  /** Those of the images in which there is no face. */
  withoutFaces(imageIds: readonly number[]): number[] {
    return this.#database
      .tuples(
        `SELECT value FROM json_each(?)
         WHERE NOT EXISTS (SELECT 1 FROM face WHERE face.image_id = json_each.value)`,
        JSON.stringify(imageIds),
      )
      .map(([imageId]) => Number(imageId));
  }

  /** The images that are still there, without their vectors, which an index has at hand. */
  described(imageIds: readonly number[]): DescribedImage[] {
    const ids = JSON.stringify(imageIds);
    const faces = new Map<number, { id: number; stableId: number }[]>();
    for (const [id, imageId, stableId] of this.#database.tuples(
      `SELECT id, image_id, stable_id FROM face
       WHERE image_id IN (SELECT value FROM json_each(?))`,
      ids,
    )) {
      const face = { id: Number(id), stableId: Number(stableId) };
      const siblings = faces.get(Number(imageId));
      if (siblings) {
        siblings.push(face);
      } else {
        faces.set(Number(imageId), [face]);
      }
    }
    return this.#database
      .tuples(
        `SELECT id, content_hash, width, height FROM image
         WHERE id IN (SELECT value FROM json_each(?))`,
        ids,
      )
      .map(([id, contentHash, width, height]) => ({
        id: Number(id),
        contentHash: String(contentHash),
        width: Number(width),
        height: Number(height),
        faces: faces.get(Number(id)) ?? [],
      }));
  }

  /** Content and size in pixels of images, by their ids. */
  contents(
    imageIds: readonly number[],
  ): Map<number, Pick<ImageRecord, 'contentHash' | 'width' | 'height'>> {
    const rows = this.#database.tuples(
      `SELECT id, content_hash, width, height FROM image
       WHERE id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(imageIds),
    );
    return new Map(
      rows.map(([id, contentHash, width, height]) => [
        Number(id),
        { contentHash: String(contentHash), width: Number(width), height: Number(height) },
      ]),
    );
  }

  /** Identity vectors of faces, by their ids. */
  identities(faceIds: readonly number[], dimension: number): Map<number, Float32Array> {
    const rows = this.#database.tuples(
      'SELECT id, identity FROM face WHERE id IN (SELECT value FROM json_each(?))',
      JSON.stringify(faceIds),
    );
    return new Map(rows.map(([id, identity]) => [Number(id), fromBlob(identity, dimension)]));
  }

  images(imageIds: readonly number[], dimensions: Dimensions): MatchImage[] {
    const ids = JSON.stringify(imageIds);
    const faces = new Map<number, MatchFace[]>();
    for (const [id, imageId, stableId, identity] of this.#database.tuples(
      `SELECT id, image_id, stable_id, identity FROM face
       WHERE image_id IN (SELECT value FROM json_each(?))`,
      ids,
    )) {
      const face = {
        id: Number(id),
        stableId: Number(stableId),
        identity: fromBlob(identity, dimensions.identity),
      };
      const siblings = faces.get(Number(imageId));
      if (siblings) {
        siblings.push(face);
      } else {
        faces.set(Number(imageId), [face]);
      }
    }
    return this.#database
      .tuples(
        `SELECT id, content_hash, width, height, look FROM image
         WHERE id IN (SELECT value FROM json_each(?))`,
        ids,
      )
      .map(([id, contentHash, width, height, look]) => ({
        id: Number(id),
        contentHash: String(contentHash),
        width: Number(width),
        height: Number(height),
        look: fromBlob(look, dimensions.look),
        faces: faces.get(Number(id)) ?? [],
      }));
  }

  /** Those of the contents that a file shows. */
  shown(contentHashes: readonly string[]): Set<string> {
    const rows = this.#database.tuples(
      `SELECT value FROM json_each(?)
       WHERE EXISTS (SELECT 1 FROM file WHERE file.content_hash = json_each.value)`,
      JSON.stringify(contentHashes),
    );
    return new Set(rows.map(([contentHash]) => String(contentHash)));
  }

  /** All images of the contents and their faces, of every model revision. */
  idsOfContents(contentHashes: readonly string[]): RowIds {
    const images = this.#database
      .tuples(
        'SELECT id FROM image WHERE content_hash IN (SELECT value FROM json_each(?))',
        JSON.stringify(contentHashes),
      )
      .map(([id]) => Number(id));
    const faces = this.#database
      .tuples(
        'SELECT id FROM face WHERE image_id IN (SELECT value FROM json_each(?))',
        JSON.stringify(images),
      )
      .map(([id]) => Number(id));
    return { images, faces };
  }

  /** Images with their vectors, of whatever model revision, for those that are shown once more. */
  indexedImages(imageIds: readonly number[]): IndexedImage[] {
    const ids = JSON.stringify(imageIds);
    const faces = this.#database.tuples(
      `SELECT image_id, id, identity FROM face
       WHERE image_id IN (SELECT value FROM json_each(?)) ORDER BY id`,
      ids,
    );
    return this.#database
      .tuples(
        `SELECT id, model_revision, look FROM image
         WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`,
        ids,
      )
      .map(([imageId, modelRevision, look]) => ({
        id: Number(imageId),
        modelRevision: String(modelRevision),
        look: fromBlob(look, numbersIn(look)),
        faces: faces.flatMap(([ofImage, id, identity]) =>
          ofImage === imageId
            ? [{ id: Number(id), identity: fromBlob(identity, numbersIn(identity)) }]
            : [],
        ),
      }));
  }

  /** The files that show each content, in order of their paths. */
  places(contentHashes: readonly string[]): Map<string, Place[]> {
    const places = new Map<string, Place[]>();
    for (const [contentHash, path, relativePath] of this.#database.tuples(
      `SELECT content_hash, path, relative_path FROM file
       WHERE content_hash IN (SELECT value FROM json_each(?)) ORDER BY path`,
      JSON.stringify(contentHashes),
    )) {
      const place = { path: String(path), relativePath: String(relativePath) };
      const hash = String(contentHash);
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
