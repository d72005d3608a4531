import type { DatabaseSync } from 'node:sqlite';
import { FamiliarError } from '../../common/failure.ts';

/**
 * Each entry lifts the schema by one version; `PRAGMA user_version` says how many have run.
 * Entries are never edited once released: a later change is a new entry.
 *
 * An image is content, found by its hash; a file is a place where that content lies. So a
 * renamed file keeps its image, and a copy costs one row. An image row belongs to one model
 * revision, and its faces to the image: vectors of two revisions can never meet in one row.
 * `stable_id` is the face as a person knows it, kept when the picture is detected anew.
 * `orphaned_ms` says since when no file shows the content (milliseconds since 1970).
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE image (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    content_hash TEXT NOT NULL,
    model_revision TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    look BLOB NOT NULL,
    orphaned_ms REAL,
    UNIQUE (content_hash, model_revision)
  ) STRICT;
  CREATE INDEX image_revision ON image (model_revision, id);
  CREATE TABLE face (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    image_id INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
    stable_id INTEGER,
    x REAL NOT NULL, y REAL NOT NULL, width REAL NOT NULL, height REAL NOT NULL,
    score REAL NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('detected', 'manual')),
    identity BLOB NOT NULL
  ) STRICT;
  CREATE INDEX face_image ON face (image_id);
  CREATE INDEX face_stable ON face (stable_id);
  CREATE TABLE file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    folder TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    relative_path TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ms REAL NOT NULL,
    content_hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX file_content ON file (content_hash);
  CREATE INDEX file_folder ON file (folder);
  CREATE TABLE failure (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    folder TEXT NOT NULL,
    path TEXT NOT NULL UNIQUE,
    relative_path TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ms REAL NOT NULL,
    model_revision TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    remedy TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    quarantined INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE in_work (
    path TEXT PRIMARY KEY,
    deaths INTEGER NOT NULL,
    active INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE rejection (
    face_a INTEGER NOT NULL,
    face_b INTEGER NOT NULL,
    PRIMARY KEY (face_a, face_b)
  ) STRICT, WITHOUT ROWID;
  `,
  // Few images are orphans: without it each look for them reads all images with their vectors.
  `
  CREATE INDEX image_orphaned ON image (orphaned_ms) WHERE orphaned_ms IS NOT NULL;
  `,
  // Programs that keep size and modification time cannot keep the time of the change itself.
  `
  ALTER TABLE file ADD COLUMN ctime_ms REAL NOT NULL DEFAULT 0;
  ALTER TABLE failure ADD COLUMN ctime_ms REAL NOT NULL DEFAULT 0;
  `,
  // Faces go with their image; what people decided about them must outlive it. Boxes are relative
  // to the size of the image. The place is empty where no file showed the content.
  `
  CREATE TABLE decided_face (
    stable_id INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    folder TEXT NOT NULL,
    relative_path TEXT NOT NULL,
    x REAL NOT NULL, y REAL NOT NULL, width REAL NOT NULL, height REAL NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('detected', 'manual')),
    PRIMARY KEY (stable_id, content_hash, folder, relative_path)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX decided_face_content ON decided_face (content_hash);
  CREATE INDEX decided_face_place ON decided_face (folder, relative_path);
  INSERT OR IGNORE INTO decided_face
  SELECT face.stable_id, image.content_hash,
    coalesce(file.folder, ''), coalesce(file.relative_path, ''),
    face.x / image.width, face.y / image.height,
    face.width / image.width, face.height / image.height, face.source
  FROM face JOIN image ON image.id = face.image_id
  LEFT JOIN file ON file.content_hash = image.content_hash
  WHERE face.stable_id IS NOT NULL AND (face.source = 'manual'
    OR face.stable_id IN (SELECT face_a FROM rejection UNION SELECT face_b FROM rejection));
  `,
  // Who people said that faces are, by the faces' stable ids; `decided_face` keeps those ids over
  // saves and reindexing. A face belongs to one character at most. `character_decision` is the
  // journal: each entry holds the rows before and after it, so that it can be undone.
  `
  CREATE TABLE character (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT,
    aliases TEXT NOT NULL,
    hidden INTEGER NOT NULL,
    cover INTEGER
  ) STRICT;
  CREATE TABLE character_face (
    stable_id INTEGER NOT NULL,
    character_id INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('confirmed', 'assigned', 'rejected')),
    PRIMARY KEY (stable_id, character_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX character_face_character ON character_face (character_id);
  CREATE UNIQUE INDEX character_face_member ON character_face (stable_id)
  WHERE verdict <> 'rejected';
  CREATE TABLE character_decision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    made_ms REAL NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    changes TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  `,
  // Computed and replaceable, but by stable ids, so that clusters keep theirs when the library is
  // processed again. A face without a cluster was looked at and is alone.
  `
  CREATE TABLE cluster (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;
  CREATE TABLE cluster_face (
    stable_id INTEGER PRIMARY KEY,
    cluster_id INTEGER,
    score REAL NOT NULL
  ) STRICT;
  CREATE INDEX cluster_face_cluster ON cluster_face (cluster_id);
  `,
  // What a content looks like in few bytes, whatever the models: see `computeFingerprint`. Libraries
  // of earlier releases get theirs from the thumbnails when duplicates are looked for.
  `
  CREATE TABLE fingerprint (
    content_hash TEXT PRIMARY KEY,
    data BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // One journal of all that people decide, so that each of it can be listed, undone and carried to
  // another library. A face that is taken away waits beside the others until that is undone. The
  // vector of a decided face tells whether a changed picture still shows it.
  `
  CREATE TABLE decision (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    made_ms REAL NOT NULL,
    value TEXT,
    undone_ms REAL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE decision_face (
    decision_id TEXT NOT NULL REFERENCES decision ON DELETE CASCADE,
    position INTEGER NOT NULL,
    stable_id INTEGER NOT NULL,
    PRIMARY KEY (decision_id, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX decision_face_stable ON decision_face (stable_id);
  CREATE TABLE set_aside_face (
    image_id INTEGER NOT NULL REFERENCES image ON DELETE CASCADE,
    stable_id INTEGER NOT NULL,
    x REAL NOT NULL, y REAL NOT NULL, width REAL NOT NULL, height REAL NOT NULL,
    score REAL NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('detected', 'manual')),
    identity BLOB NOT NULL,
    PRIMARY KEY (image_id, stable_id)
  ) STRICT;
  CREATE INDEX set_aside_face_stable ON set_aside_face (stable_id);
  ALTER TABLE decided_face ADD COLUMN identity BLOB;
  ALTER TABLE decided_face ADD COLUMN model_revision TEXT;
  UPDATE decided_face SET (identity, model_revision) = (
    SELECT face.identity, image.model_revision FROM face JOIN image ON image.id = face.image_id
    WHERE face.stable_id = decided_face.stable_id AND image.content_hash = decided_face.content_hash
    ORDER BY face.id DESC LIMIT 1
  );
  CREATE TEMP TABLE migrated AS
  SELECT lower(hex(randomblob(16))) AS id, 'not-same' AS kind, face_a, face_b FROM rejection
  UNION ALL
  SELECT lower(hex(randomblob(16))), 'draw-face', stable_id, NULL
  FROM (SELECT DISTINCT stable_id FROM decided_face WHERE source = 'manual');
  INSERT INTO decision (id, kind, made_ms)
  SELECT id, kind, unixepoch('subsec') * 1000 FROM temp.migrated;
  INSERT INTO decision_face
  SELECT id, 0, face_a FROM temp.migrated
  UNION ALL SELECT id, 1, face_b FROM temp.migrated WHERE face_b IS NOT NULL;
  DROP TABLE temp.migrated;
  DROP TABLE rejection;
  `,
];

export const schemaVersion = migrations.length;

function versionOf(database: DatabaseSync): number {
  const row = database.prepare('PRAGMA user_version').get();
  return Number(row?.['user_version'] ?? 0);
}

/**
 * Brings the database to the current schema, each step in a transaction of its own, so that a
 * kill in between leaves a database that the next start brings further.
 *
 * @param target an older version to stop at, as earlier releases did
 * @throws FamiliarError `store-version` where a newer release wrote the database.
 */
export function migrate(database: DatabaseSync, target: number = schemaVersion): void {
  for (;;) {
    // The version is read inside the transaction: another process may migrate at the same time.
    database.exec('BEGIN IMMEDIATE');
    try {
      const version = versionOf(database);
      checkVersion(version);
      const step = migrations[version];
      if (step === undefined || version >= target) {
        database.exec('COMMIT');
        return;
      }
      database.exec(step);
      database.exec(`PRAGMA user_version = ${version + 1}`);
      database.exec('COMMIT');
    } catch (error) {
      // A full disk has rolled back by itself.
      if (database.isTransaction) {
        database.exec('ROLLBACK');
      }
      throw error;
    }
  }
}

/**
 * For a database that cannot be written: it must be readable as it is.
 *
 * @throws FamiliarError `store-version` where it is of another version.
 */
export function requireCurrent(database: DatabaseSync): void {
  const version = versionOf(database);
  checkVersion(version);
  if (version < schemaVersion) {
    throw new FamiliarError(
      'store-version',
      `Expected a library of schema version ${schemaVersion} but received version ${version}, and it cannot be written.`,
      {
        remedy:
          'Make the library folder writable once, so that the library can be brought up to date.',
      },
    );
  }
}

function checkVersion(version: number): void {
  if (version > schemaVersion) {
    throw new FamiliarError(
      'store-version',
      `Expected a library of schema version ${schemaVersion} or older but received version ${version}.`,
      { remedy: 'Update Familiar Faces, or delete the library folder to index anew.' },
    );
  }
}
