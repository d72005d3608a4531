import { createHash } from 'node:crypto';
import { FamiliarError } from '../../common/failure.ts';
import type { Dimensions } from '../../common/vector.ts';
import type { Postgres, Run } from './postgres.ts';

const schemaVersion = 1;

/**
 * The records are those of a workspace's own library: float32 vectors bit by bit in `identity` and
 * `look`. The `key` columns are what candidates are found by, in half precision: half the memory,
 * and pgvector indexes up to 4,000 of them.
 */
const statements = [
  'CREATE SCHEMA IF NOT EXISTS familiar_faces',
  'CREATE EXTENSION IF NOT EXISTS vector',
  'CREATE TABLE IF NOT EXISTS familiar_faces.meta (version int NOT NULL)',
  `CREATE TABLE IF NOT EXISTS familiar_faces.image (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     content_hash text NOT NULL,
     model_revision text NOT NULL,
     width int NOT NULL,
     height int NOT NULL,
     digest text NOT NULL,
     look bytea NOT NULL,
     key halfvec NOT NULL,
     UNIQUE (content_hash, model_revision))`,
  `CREATE TABLE IF NOT EXISTS familiar_faces.face (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     image_id bigint NOT NULL REFERENCES familiar_faces.image ON DELETE CASCADE,
     model_revision text NOT NULL,
     x float8 NOT NULL, y float8 NOT NULL, width float8 NOT NULL, height float8 NOT NULL,
     score float8 NOT NULL,
     source text NOT NULL,
     identity bytea NOT NULL,
     key halfvec NOT NULL)`,
  'CREATE INDEX IF NOT EXISTS face_image ON familiar_faces.face (image_id)',
  `CREATE TABLE IF NOT EXISTS familiar_faces.file (
     library text NOT NULL,
     path text NOT NULL,
     content_hash text NOT NULL,
     model_revision text NOT NULL,
     PRIMARY KEY (library, path))`,
  `CREATE INDEX IF NOT EXISTS file_content
     ON familiar_faces.file (content_hash, model_revision)`,
];

/** The advisory lock of all who write; any number does. */
const writeLock = 0x6661_6d69;

/**
 * Makes writers wait for each other until the transaction ends. Otherwise one could delete an image
 * that another is about to name, or two could wait for each other's rows.
 */
export async function lockForWriting(run: Run): Promise<void> {
  await run('SELECT pg_advisory_xact_lock($1)', [writeLock]);
}

/**
 * Finds the tables without changing anything, so that a search needs no more than `SELECT`.
 *
 * @throws FamiliarError `shared-library` where nobody has shared anything, `store-version`.
 */
export async function requireSchema(database: Postgres): Promise<void> {
  if (!(await exists(database.query.bind(database), 'meta'))) {
    throw new FamiliarError(
      'shared-library',
      'Expected a shared library in the database but found none.',
      { remedy: 'Run the command share first, on the library that is to be searched.' },
    );
  }
  await checkVersion(database.query.bind(database));
}

/** Creates the tables where there are none: who only writes needs no right to create. */
export async function prepareSchema(database: Postgres): Promise<void> {
  await database.transaction(async (run) => {
    await lockForWriting(run);
    if (!(await exists(run, 'meta'))) {
      for (const statement of statements) {
        await run(statement);
      }
      await run('INSERT INTO familiar_faces.meta VALUES ($1)', [schemaVersion]);
    }
    await checkVersion(run);
  });
}

/**
 * Builds the graph indexes of one model revision where there are none. Built at once they take a
 * fraction of the time that the same vectors take one after another; later ones join by themselves.
 */
export async function prepareIndexes(
  database: Postgres,
  modelRevision: string,
  dimensions: Dimensions,
): Promise<void> {
  const of = createHash('sha256').update(modelRevision).digest('hex').slice(0, 16);
  const revision = database.literal(modelRevision);
  await database.transaction(
    async (run) => {
      await lockForWriting(run);
      for (const [table, length] of [
        ['face', dimensions.identity + dimensions.look],
        ['image', dimensions.look],
      ] as const) {
        const name = `${table}_key_${of}`;
        if (!(await exists(run, name))) {
          await run(
            `CREATE INDEX ${name} ON familiar_faces.${table}
             USING hnsw ((key::halfvec(${length})) halfvec_ip_ops) WITH (ef_construction = 128)
             WHERE model_revision = ${revision}`,
          );
        }
      }
    },
    { timeoutMs: 0 },
  );
}

async function exists(run: Run, name: string): Promise<boolean> {
  const [row] = await run('SELECT to_regclass($1) AS found', [`familiar_faces.${name}`]);
  return row?.['found'] !== null;
}

async function checkVersion(run: Run): Promise<void> {
  const [row] = await run('SELECT version FROM familiar_faces.meta');
  if (row?.['version'] !== schemaVersion) {
    throw new FamiliarError(
      'store-version',
      `Expected a shared library of version ${schemaVersion} but received ${String(row?.['version'])}.`,
      { remedy: 'Use the same version of Familiar Faces as those who share the library.' },
    );
  }
}
