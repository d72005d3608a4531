import { createHash } from 'node:crypto';
import { concatenate } from '../../base/vector.ts';
import type { LibraryRecord } from '../libraryRecords.ts';
import type { Candidates, VectorStore } from '../query/vectorStore.ts';
import type { NewImage } from '../store/imageTable.ts';
import type { MatchFace, MatchImage } from '../store/matchReader.ts';
import { fromBlob, toBlob } from '../store/vectorBlob.ts';
import type { Dimensions } from '../store/vectorSources.ts';
import { Postgres, type Run } from './postgres.ts';
import { prepareSchema } from './sharedSchema.ts';

/** Where a shared image lies: a path within the library that somebody copied from. */
export interface SharedPlace {
  readonly library: string;
  readonly relativePath: string;
}

/** What pgvector allows; more candidates come from its iterative scan. */
const mostEfSearch = 1_000;

/**
 * The faces of many workspaces in one PostgreSQL database with pgvector, of one model revision.
 * Candidates come from its graph index by inner product, which for [f ; g] and a query
 * [w·f ; (1 − w)·g] is the fused score itself; records and ranking are those of a workspace.
 */
export class SharedLibrary implements VectorStore {
  readonly dimensions: Dimensions;
  readonly faces: Candidates;
  readonly looks: Candidates;
  readonly #database: Postgres;
  readonly #modelRevision: string;

  private constructor(database: Postgres, modelRevision: string, dimensions: Dimensions) {
    this.#database = database;
    this.#modelRevision = modelRevision;
    this.dimensions = dimensions;
    const searching = (table: 'face' | 'image', length: number): Candidates => ({
      candidates: async (query, count, { signal }) => {
        signal?.throwIfAborted();
        const ids = await this.#nearest(table, length, query, count);
        signal?.throwIfAborted();
        return { ids };
      },
    });
    this.faces = searching('face', dimensions.identity + dimensions.look);
    this.looks = searching('image', dimensions.look);
  }

  /** @throws FamiliarError `shared-library`, `store-version`. */
  static async open(
    url: string,
    modelRevision: string,
    dimensions: Dimensions,
  ): Promise<SharedLibrary> {
    const database = new Postgres(url);
    try {
      await prepareSchema(database, modelRevision, dimensions);
      return new SharedLibrary(database, modelRevision, dimensions);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /**
   * Stores images and where they lie in one transaction. Images that are there already with the
   * same faces are left as they are, whoever brought them.
   *
   * @returns how many were new or different.
   */
  async save(library: string, records: readonly LibraryRecord[]): Promise<number> {
    return this.#database.transaction(async (run) => {
      const hashes = records.map(({ image }) => image.contentHash);
      const known = new Map(
        (
          await run(
            `SELECT content_hash, digest FROM familiar_faces.image
             WHERE model_revision = $1 AND content_hash = ANY($2)`,
            [this.#modelRevision, hashes],
          )
        ).map((row) => [row['content_hash'], row['digest']]),
      );
      let saved = 0;
      for (const { image } of records) {
        const digest = digestOf(image);
        if (known.get(image.contentHash) !== digest) {
          await this.#saveImage(run, image, digest);
          saved++;
        }
      }
      const files = records.flatMap(({ image, paths }) =>
        paths.map((path) => ({ path, hash: image.contentHash })),
      );
      await run(
        `INSERT INTO familiar_faces.file (library, path, content_hash)
         SELECT $1, * FROM unnest($2::text[], $3::text[])
         ON CONFLICT (library, path) DO UPDATE SET content_hash = excluded.content_hash`,
        [library, files.map(({ path }) => path), files.map(({ hash }) => hash)],
      );
      return saved;
    });
  }

  /** Forgets the files of a library that are not among `paths`, and images that nobody has. */
  async keepOnly(library: string, paths: readonly string[]): Promise<void> {
    await this.#database.transaction(async (run) => {
      await run('DELETE FROM familiar_faces.file WHERE library = $1 AND path <> ALL($2)', [
        library,
        paths,
      ]);
      await run(
        `DELETE FROM familiar_faces.image WHERE NOT EXISTS (
           SELECT 1 FROM familiar_faces.file WHERE file.content_hash = image.content_hash)`,
      );
    });
  }

  async imagesOfFaces(faceIds: readonly number[]): Promise<number[]> {
    const rows = await this.#database.query(
      'SELECT DISTINCT image_id FROM familiar_faces.face WHERE id = ANY($1)',
      [faceIds],
    );
    return rows.map((row) => Number(row['image_id']));
  }

  async withoutFaces(imageIds: readonly number[]): Promise<number[]> {
    const rows = await this.#database.query(
      `SELECT id FROM familiar_faces.image WHERE id = ANY($1) AND NOT EXISTS (
         SELECT 1 FROM familiar_faces.face WHERE face.image_id = image.id)`,
      [imageIds],
    );
    return rows.map((row) => Number(row['id']));
  }

  async images(imageIds: readonly number[]): Promise<MatchImage[]> {
    const faces = new Map<number, MatchFace[]>();
    for (const row of await this.#database.query(
      'SELECT id, image_id, identity FROM familiar_faces.face WHERE image_id = ANY($1)',
      [imageIds],
    )) {
      const id = Number(row['id']);
      const identity = fromBlob(row['identity'], this.dimensions.identity);
      const imageId = Number(row['image_id']);
      faces.set(imageId, [...(faces.get(imageId) ?? []), { id, stableId: id, identity }]);
    }
    const rows = await this.#database.query(
      `SELECT id, content_hash, width, height, look FROM familiar_faces.image
       WHERE id = ANY($1)`,
      [imageIds],
    );
    return rows.map((row) => ({
      id: Number(row['id']),
      contentHash: String(row['content_hash']),
      width: Number(row['width']),
      height: Number(row['height']),
      look: fromBlob(row['look'], this.dimensions.look),
      faces: faces.get(Number(row['id'])) ?? [],
    }));
  }

  /** Where each content lies, in order of libraries and paths. */
  async places(contentHashes: readonly string[]): Promise<Map<string, SharedPlace[]>> {
    const places = new Map<string, SharedPlace[]>();
    for (const row of await this.#database.query(
      `SELECT library, path, content_hash FROM familiar_faces.file
       WHERE content_hash = ANY($1) ORDER BY library, path`,
      [contentHashes],
    )) {
      const hash = String(row['content_hash']);
      const place = { library: String(row['library']), relativePath: String(row['path']) };
      places.set(hash, [...(places.get(hash) ?? []), place]);
    }
    return places;
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  async #nearest(table: 'face' | 'image', length: number, query: Float32Array, count: number) {
    const revision = this.#database.literal(this.#modelRevision);
    return this.#database.transaction(async (run) => {
      await run(`SET LOCAL hnsw.ef_search = ${Math.min(mostEfSearch, count)}`);
      await run("SET LOCAL hnsw.iterative_scan = 'strict_order'");
      const rows = await run(
        `SELECT id FROM familiar_faces.${table} WHERE model_revision = ${revision}
         ORDER BY key::halfvec(${length}) <#> $1::halfvec(${length}) LIMIT $2`,
        [toText(query), count],
      );
      return rows.map((row) => Number(row['id']));
    });
  }

  async #saveImage(run: Run, image: NewImage, digest: string): Promise<void> {
    const revision = this.#modelRevision;
    const { contentHash, width, height, look, faces } = image;
    const [row] = await run(
      `INSERT INTO familiar_faces.image
         (content_hash, model_revision, width, height, digest, look, key)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (content_hash, model_revision)
         DO UPDATE SET digest = excluded.digest, look = excluded.look, key = excluded.key
       RETURNING id`,
      [contentHash, revision, width, height, digest, toBuffer(look), toText(look)],
    );
    const imageId = row?.['id'];
    await run('DELETE FROM familiar_faces.face WHERE image_id = $1', [imageId]);
    for (const { box, score, source, identity } of faces) {
      await run(
        `INSERT INTO familiar_faces.face
           (image_id, model_revision, x, y, width, height, score, source, identity, key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          imageId,
          revision,
          ...[box.x, box.y, box.width, box.height, score, source],
          toBuffer(identity),
          toText(concatenate(identity, look)),
        ],
      );
    }
  }
}

/** pgvector's text form. */
function toText(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}

function toBuffer(vector: Float32Array): Buffer {
  return Buffer.from(toBlob(vector));
}

/** Changes when anything that is stored of an image does. */
function digestOf({ width, height, look, faces }: NewImage): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([width, height]))
    .update(toBlob(look));
  for (const { box, score, source, identity } of faces) {
    hash.update(JSON.stringify([box, score, source])).update(toBlob(identity));
  }
  return hash.digest('hex');
}
