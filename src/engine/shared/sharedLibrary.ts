import type { Dimensions } from '../../common/vector.ts';
import type { LibraryRecord } from '../library/libraryRecords.ts';
import type { MatchFace, MatchImage } from '../library/searchReader.ts';
import { fromBlob } from '../library/vectorBlob.ts';
import type { Candidates, VectorStore } from '../search/vectorStore.ts';
import { Postgres, type Run } from './postgres.ts';
import { digestOf, readDigests, saveImages, toText } from './sharedRecords.ts';
import { lockForWriting, prepareIndexes, prepareSchema, requireSchema } from './sharedSchema.ts';

/** Where a shared image lies: a path within the library that somebody copied from. */
export interface SharedPlace {
  readonly library: string;
  readonly relativePath: string;
}

export interface OpenSharedOptions {
  /** As libpq takes it: `postgres://user:password@host:port/database?sslmode=…`. */
  readonly url: string;
  readonly modelRevision: string;
  readonly dimensions: Dimensions;
  /** A search changes nothing and needs no right to; only `write` creates tables. */
  readonly access: 'read' | 'write';
}

/** A writer may have to wait until another has built an index over everything. */
const writeTimeoutMs = 30 * 60_000;

/**
 * The most that pgvector allows; further candidates come from its iterative scan. Queries of faces
 * are spread unlike the vectors stored, and fewer lose results: of 100,000 faces 200 find 0.87 of the
 * best ten at w = 0.5 and 1, these 0.97 and 0.95 (docs/shared-library.md).
 */
const efSearch = 1_000;

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
  static async open(options: OpenSharedOptions): Promise<SharedLibrary> {
    const { url, modelRevision, dimensions, access } = options;
    const database = new Postgres(url);
    try {
      await (access === 'write' ? prepareSchema(database) : requireSchema(database));
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
    return this.#write(async (run) => {
      const known = await readDigests(run, this.#modelRevision, records);
      const changed = records.flatMap(({ image }) => {
        const digest = digestOf(image);
        return known.get(image.contentHash) === digest ? [] : [{ image, digest }];
      });
      if (changed.length > 0) {
        await saveImages(run, this.#modelRevision, changed);
      }
      const files = records.flatMap(({ image, paths }) =>
        paths.map((path) => ({ path, hash: image.contentHash })),
      );
      await run(
        `INSERT INTO familiar_faces.file (library, model_revision, path, content_hash)
         SELECT $1, $2, * FROM unnest($3::text[], $4::text[])
         ON CONFLICT (library, path) DO UPDATE
           SET content_hash = excluded.content_hash, model_revision = excluded.model_revision`,
        [
          library,
          this.#modelRevision,
          files.map(({ path }) => path),
          files.map(({ hash }) => hash),
        ],
      );
      return changed.length;
    });
  }

  /**
   * Copies a library, page by page, in place of what was shared under its name.
   *
   * @returns how many images it has, and how many of them were new or different.
   */
  async copy(
    library: string,
    pages: Iterable<readonly LibraryRecord[]>,
  ): Promise<{ readonly images: number; readonly saved: number }> {
    const paths: string[] = [];
    let images = 0;
    let saved = 0;
    for (const page of pages) {
      saved += await this.save(library, page);
      images += page.length;
      paths.push(...page.flatMap((record) => record.paths));
    }
    await this.keepOnly(library, paths);
    return { images, saved };
  }

  /**
   * Ends a copy: forgets the files of a library that are not among `paths`, and images that nobody
   * shows any more, then sees to the indexes.
   */
  async keepOnly(library: string, paths: readonly string[]): Promise<void> {
    await this.#write(async (run) => {
      await run(
        `DELETE FROM familiar_faces.file WHERE library = $1 AND NOT EXISTS (
           SELECT 1 FROM unnest($2::text[]) AS kept (path) WHERE kept.path = file.path)`,
        [library, paths],
      );
      await run(
        `DELETE FROM familiar_faces.image WHERE NOT EXISTS (
           SELECT 1 FROM familiar_faces.file WHERE file.content_hash = image.content_hash
             AND file.model_revision = image.model_revision)`,
      );
    });
    await prepareIndexes(this.#database, this.#modelRevision, this.dimensions);
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
       WHERE content_hash = ANY($1) AND model_revision = $2 ORDER BY library, path`,
      [contentHashes, this.#modelRevision],
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
      await run(`SET LOCAL hnsw.ef_search = ${efSearch}`);
      await run("SET LOCAL hnsw.iterative_scan = 'strict_order'");
      const rows = await run(
        `SELECT id FROM familiar_faces.${table} WHERE model_revision = ${revision}
         ORDER BY key::halfvec(${length}) <#> $1::halfvec(${length}) LIMIT $2`,
        [toText(query), count],
      );
      return rows.map((row) => Number(row['id']));
    });
  }

  #write<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#database.transaction(
      async (run) => {
        await lockForWriting(run);
        return work(run);
      },
      { timeoutMs: writeTimeoutMs },
    );
  }
}
