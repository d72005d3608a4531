import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { FamiliarError } from '../../common/failure.ts';
import { databaseName, indexFolderName } from '../../common/libraryFiles.ts';
import { CharacterTable } from './characterTable.ts';
import { ClusterTable } from './clusterTable.ts';
import { Database } from './database.ts';
import { DecidedFaceTable } from './decidedFaceTable.ts';
import { Decisions } from './decisions.ts';
import { FaceAnchors } from './faceAnchors.ts';
import { FailureTable } from './failureTable.ts';
import { FileTable } from './fileTable.ts';
import { FingerprintTable } from './fingerprintTable.ts';
import { isShown, ofRevision } from './imageConditions.ts';
import { ImageTable } from './imageTable.ts';
import { MetaTable } from './metaTable.ts';
import { Reindexing } from './reindexing.ts';
import { SearchReader } from './searchReader.ts';
import { fromFileSystem, isCorrupt } from './storeError.ts';
import { WorkJournal } from './workJournal.ts';

const parts = ['', '-wal', '-shm'];
/** Beside a database in which damage was met: the next start sets it aside. */
const markEnding = '.damaged';

export interface OpenOptions {
  /** Whether a damaged library may be set aside: not while another process writes it. */
  readonly mayRebuild?: boolean;
  /** Damage was met in the open library: it can no longer be used, and heals at the next start. */
  readonly onDamaged?: (error: FamiliarError) => void;
}

export interface LibraryCounts {
  readonly images: number;
  readonly files: number;
  readonly faces: number;
  readonly imagesWithoutFaces: number;
  readonly failures: number;
}

/**
 * The library on disk: what is known of every file and image. It is the truth that all indexes
 * and thumbnails are made from.
 */
export class LibraryStore {
  readonly readOnly: boolean;
  readonly database: Database;
  readonly files: FileTable;
  readonly images: ImageTable;
  readonly failures: FailureTable;
  readonly journal: WorkJournal;
  readonly meta: MetaTable;
  readonly reindexing: Reindexing;
  readonly decisions: Decisions;
  readonly decidedFaces: DecidedFaceTable;
  readonly characters: CharacterTable;
  readonly anchors: FaceAnchors;
  readonly clusters: ClusterTable;
  readonly fingerprints: FingerprintTable;
  readonly matches: SearchReader;
  /** `dataVersion` of the database before anything was read from it. */
  readonly openedVersion: number;
  readonly #path: string;
  /** What file was opened: another one in its place is another library. */
  readonly #inode: number | undefined;

  private constructor(path: string, database: Database) {
    this.#path = path;
    this.#inode = inodeOf(path);
    this.database = database;
    this.openedVersion = database.dataVersion();
    this.readOnly = database.readOnly;
    this.files = new FileTable(database);
    this.images = new ImageTable(database);
    this.failures = new FailureTable(database);
    this.journal = new WorkJournal(database);
    this.meta = new MetaTable(database);
    this.reindexing = new Reindexing(database, this.meta);
    this.decidedFaces = new DecidedFaceTable(database);
    this.characters = new CharacterTable(database);
    this.anchors = new FaceAnchors(database);
    this.clusters = new ClusterTable(database);
    this.fingerprints = new FingerprintTable(database);
    this.matches = new SearchReader(database);
    this.decisions = new Decisions({
      database,
      images: this.images,
      decidedFaces: this.decidedFaces,
      matches: this.matches,
    });
  }

  /**
   * Opens the library in `folder`, creating it when missing. A damaged database is set aside
   * under another name and an empty one begun; `onRebuilt` gets to know, since everything must
   * be indexed again. Where the folder cannot be written the library is opened read-only.
   *
   * @throws FamiliarError `store-version`, `store-locked`, `store-full`, `store-damaged`.
   */
  static open(
    folder: string,
    onRebuilt: (error: FamiliarError) => void,
    { mayRebuild = true, onDamaged }: OpenOptions = {},
  ): LibraryStore {
    const path = join(folder, databaseName);
    let opened: number | undefined;
    const onCorrupt = (error: FamiliarError) => {
      mark(path, opened, error);
      onDamaged?.(error);
    };
    const open = (readOnly: boolean) => {
      if (!readOnly && inodeOf(path) === undefined) {
        // Indexes know faces by their ids, which the new database gives to other faces.
        rmSync(join(folder, indexFolderName), { recursive: true, force: true });
      }
      const store = new LibraryStore(path, Database.open(path, { readOnly, onCorrupt }));
      opened = store.#inode;
      return store;
    };
    try {
      mkdirSync(folder, { recursive: true });
      opened = inodeOf(path);
      const met = mayRebuild ? readMark(path) : undefined;
      if (met !== undefined) {
        setAside(path);
        onRebuilt(met);
      }
      return open(false);
    } catch (error) {
      if (isCorrupt(error) && mayRebuild) {
        setAside(path);
        onRebuilt(error);
        return open(false);
      }
      if (isCorrupt(error)) {
        mark(path, opened, error);
      }
      if (isReadOnly(error)) {
        return open(true);
      }
      throw toFolderError(folder, error);
    }
  }

  /**
   * Whether only a new start helps: another process met damage, or has put another file in the
   * place of the one that is open here.
   */
  isStale(): boolean {
    const isReplaced = inodeOf(this.#path) !== this.#inode;
    return !this.readOnly && (isReplaced || existsSync(this.#path + markEnding));
  }

  counts(modelRevision: string): LibraryCounts {
    const shown = `${ofRevision} AND ${isShown}`;
    const count = (sql: string) => this.database.number(sql, modelRevision);
    return {
      images: count(`SELECT count(*) FROM image WHERE ${shown}`),
      files: this.files.countIndexed(modelRevision),
      faces: count(
        `SELECT count(*) FROM face WHERE image_id IN (SELECT id FROM image WHERE ${shown})`,
      ),
      imagesWithoutFaces: count(
        `SELECT count(*) FROM image WHERE ${shown}
         AND NOT EXISTS (SELECT 1 FROM face WHERE face.image_id = image.id)`,
      ),
      failures: this.failures.count(),
    };
  }

  /** Bytes on disk, write-ahead log included. */
  sizeBytes(): number {
    return parts
      .map((part) => statSync(this.#path + part, { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, size) => sum + size, 0);
  }

  close(): void {
    this.database.close();
  }
}

/**
 * Renames the database files out of the way. The last ones are kept, since a person may want
 * them; older ones go, so that a failing disk does not fill up with them.
 */
export function setAside(path: string): void {
  const isOlder = (name: string) => name.startsWith(`${databaseName}${markEnding}-`);
  for (const name of readdirSync(dirname(path)).filter(isOlder)) {
    rmSync(join(dirname(path), name), { force: true });
  }
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  rmSync(path + markEnding, { force: true });
  for (const part of parts) {
    if (existsSync(path + part)) {
      renameSync(path + part, `${path}${markEnding}-${stamp}${part}`);
    }
  }
}

/** Which file lies there; undefined for none. */
function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/**
 * Marks the file that was opened. Another process may have set that aside by now: the one in its
 * place is sound, and would be lost with a mark.
 */
function mark(path: string, opened: number | undefined, error: FamiliarError): void {
  try {
    if (inodeOf(path) === opened) {
      writeFileSync(path + markEnding, error.message);
    }
  } catch {
    // A disk that is full or read-only: the damage is reported all the same, and met again.
  }
}

function readMark(path: string): FamiliarError | undefined {
  if (!existsSync(path + markEnding)) {
    return undefined;
  }
  return new FamiliarError('store-damaged', readFileSync(path + markEnding, 'utf8'), {
    remedy: 'The library is set aside and built anew.',
  });
}

/** Codes of the file system for a place where there can be no folder. */
const noPlace: readonly string[] = ['EEXIST', 'ENOTDIR', 'ENAMETOOLONG'];

function toFolderError(folder: string, error: unknown): unknown {
  const code = String((error as NodeJS.ErrnoException).code);
  if (!noPlace.includes(code)) {
    return fromFileSystem(error);
  }
  return new FamiliarError(
    'store-readonly',
    `Expected a folder for the library at ${folder} but received ${code}.`,
    { remedy: 'Choose another folder for the library.', cause: error },
  );
}

function isReadOnly(error: unknown): boolean {
  const code = error instanceof FamiliarError ? error.code : (error as NodeJS.ErrnoException).code;
  return ['store-readonly', 'EROFS', 'EACCES', 'EPERM'].includes(String(code));
}
