import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  open as openFile,
  readdir,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { FamiliarError } from '../../../src/common/failure.ts';
import { databaseName, indexFolderName } from '../../../src/common/libraryFiles.ts';
import { LibraryStore, setAside } from '../../../src/engine/library/libraryStore.ts';
import { migrate, schemaVersion } from '../../../src/engine/library/schema.ts';
import { toBlob } from '../../../src/engine/library/vectorBlob.ts';

let folder: string;
let path: string;
let told: FamiliarError[];
let isMounted = false;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'));
  path = join(folder, databaseName);
  told = [];
});
afterEach(async () => {
  if (isMounted) {
    spawnSync('umount', ['--lazy', folder]);
    isMounted = false;
  }
  await rm(folder, { recursive: true });
});

function open(options?: Parameters<typeof LibraryStore.open>[2]): LibraryStore {
  return LibraryStore.open(folder, (error) => told.push(error), options);
}

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return (error as FamiliarError).code;
  }
}

/** A library of enough images that its tables have pages of their own. */
function fillLibrary(images = 200): void {
  const store = open();
  for (let n = 0; n < images; n++) {
    const contentHash = n.toString(16).padStart(32, '0');
    store.images.save({
      contentHash,
      modelRevision: 'r1',
      width: 10,
      height: 20,
      look: new Float32Array(64).fill(1 / 8),
      faces: [],
    });
    store.files.save({
      folder: 'art',
      path: `/art/${n}.png`,
      relativePath: `${n}.png`,
      sizeBytes: n,
      mtimeMs: n + 0.25,
      ctimeMs: n + 0.5,
      contentHash,
    });
  }
  store.close();
}

describe('an image that no file shows', () => {
  it('is kept for a while, comes back, and is forgotten after that', () => {
    fillLibrary(3);
    const store = open();
    const hash = (n: number) => n.toString(16).padStart(32, '0');
    const file = store.files.find('/art/1.png');
    store.files.delete('/art/1.png');
    store.files.delete('/art/2.png');
    expect(store.images.purgeOrphans(1_000, 500)).toEqual([]);
    expect(store.images.purgeOrphans(1_400, 500)).toEqual([]);
    store.files.save(file as NonNullable<typeof file>);
    expect(store.images.purgeOrphans(1_501, 500)).toEqual([hash(2)]);
    store.files.delete('/art/1.png');
    expect(store.images.purgeOrphans(1_900, 500)).toEqual([]);
    expect(store.images.findByContent(hash(1), 'r1')).toBeDefined();
    store.close();
  });
});

describe('schema', () => {
  const versions = Array.from({ length: schemaVersion }, (_, version) => version);

  it.each(versions)('lifts a library of version %i, twice without harm', (version) => {
    const old = new DatabaseSync(path);
    migrate(old, version);
    expect(old.prepare('PRAGMA user_version').get()).toEqual({ user_version: version });
    old.close();
    for (let start = 0; start < 2; start++) {
      const store = open();
      expect(store.database.number('PRAGMA user_version')).toBe(schemaVersion);
      store.meta.set('key', 'value');
      expect(store.meta.get('key')).toBe('value');
      store.close();
    }
    expect(told).toEqual([]);
  });

  // What a version has: its earliest tables, then those that later ones added.
  it.each(versions.slice(1))('keeps everything of a library of version %i', (version) => {
    const old = new DatabaseSync(path);
    migrate(old, version);
    const identity = toBlob(Float32Array.of(1, 0));
    old.exec(`INSERT INTO image (content_hash, model_revision, width, height, look)
      VALUES ('a', 'r1', 100, 200, x''), ('b', 'r1', 100, 100, x'');
      INSERT INTO file (folder, path, relative_path, size_bytes, mtime_ms, content_hash)
      VALUES ('art', '/art/a.png', 'a.png', 1, 2.5, 'a'), ('art', '/art/b.png', 'b.png', 1, 2, 'b')`);
    const addFace = old.prepare(
      `INSERT INTO face (image_id, stable_id, x, y, width, height, score, source, identity)
       VALUES (?, ?, ?, ?, 40, 80, 0.5, ?, ?)`,
    );
    addFace.run(1, 1, 10, 20, 'detected', identity);
    addFace.run(1, 2, 50, 100, 'manual', identity);
    addFace.run(2, 3, 10, 10, 'detected', identity);
    const has = (table: string) =>
      old.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined;
    const isOlder = has('rejection');
    if (isOlder) {
      old.exec('INSERT INTO rejection VALUES (1, 3)');
    }
    if (isOlder && has('decided_face')) {
      old.exec(`INSERT INTO decided_face VALUES (1, 'a', 'art', 'a.png', 0.1, 0.1, 0.4, 0.4, 'detected'),
        (2, 'a', 'art', 'a.png', 0.5, 0.5, 0.4, 0.4, 'manual'),
        (3, 'b', 'art', 'b.png', 0.1, 0.1, 0.4, 0.8, 'detected')`);
    }
    old.close();
    const store = open();
    const { decisions, decidedFaces, images, files } = store;
    expect(files.listFolder('art').get('/art/a.png')?.contentHash).toBe('a');
    expect(images.faces(1).map(({ stableId, source }) => [stableId, source])).toEqual([
      [1, 'detected'],
      [2, 'manual'],
    ]);
    const made = decisions.table.list().map(({ kind, faces }) => [kind, faces]);
    if (isOlder) {
      expect(made).toHaveLength(2);
      expect(made).toContainEqual(['not-same', [1, 3]]);
      expect(made).toContainEqual(['draw-face', [2]]);
      const [drawn] = decidedFaces.find(2);
      expect(drawn).toMatchObject({ contentHash: 'a', relativePath: 'a.png', modelRevision: 'r1' });
      expect(drawn?.box).toEqual({ x: 0.5, y: 0.5, width: 0.4, height: 0.4 });
      expect(drawn?.identity).toEqual(identity);
    }
    store.close();
  });

  it('goes on where a kill ended it between two steps, and rolls half a step back', () => {
    const killed = new DatabaseSync(path);
    killed.exec('BEGIN IMMEDIATE; CREATE TABLE meta (half INTEGER)');
    killed.close();
    const store = open();
    expect(store.failures.list()).toEqual([]);
    store.close();
  });

  it('refuses a library of a newer release and leaves it as it is', () => {
    fillLibrary(3);
    const setVersion = (version: number) => {
      const database = new DatabaseSync(path);
      database.exec(`PRAGMA user_version = ${version}`);
      database.close();
    };
    setVersion(schemaVersion + 1);
    expect(codeOf(open)).toBe('store-version');
    setVersion(schemaVersion);
    const store = open();
    expect(store.counts('r1').files).toBe(3);
    store.close();
    expect(told).toEqual([]);
  });
});

describe('a damaged database', () => {
  it.each([
    ['no database at all', () => writeFile(path, 'x'.repeat(9_000))],
    ['cut in its first page', () => truncate(path, 700)],
    ['cut within a page', () => truncate(path, 10_000)],
  ])('is set aside and built anew: %s', async (_, damage) => {
    fillLibrary();
    await damage();
    await mkdir(join(folder, indexFolderName));
    const store = open();
    expect(told.map(({ code }) => code)).toEqual(['store-damaged']);
    expect(store.counts('r1').files).toBe(0);
    store.close();
    // It names faces by ids that others get now.
    expect(existsSync(join(folder, indexFolderName))).toBe(false);
    expect((await readdir(folder)).filter((name) => name.includes('.damaged-'))).not.toEqual([]);
    open().close();
    expect(told).toHaveLength(1);
  });

  it('is kept once: the one before goes', async () => {
    for (let time = 0; time < 3; time++) {
      await writeFile(path, 'x'.repeat(9_000));
      open().close();
    }
    const kept = (await readdir(folder)).filter((name) => name.includes('.damaged-'));
    expect([told.length, kept.length]).toEqual([3, 1]);
  });

  /** Overwrites the first page of the table of files: opening succeeds, reading it does not. */
  async function damageFiles(): Promise<void> {
    const file = new DatabaseSync(path);
    const [row] = file.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'file'").all();
    file.close();
    const handle = await openFile(path, 'r+');
    await handle.write(Buffer.alloc(4096, 0x5a), 0, 4096, (Number(row?.['rootpage']) - 1) * 4096);
    await handle.close();
  }

  it('is not blamed on the library that has taken its place', async () => {
    fillLibrary();
    await damageFiles();
    const met: FamiliarError[] = [];
    const old = open({ mayRebuild: false, onDamaged: (error) => met.push(error) });
    setAside(path);
    open().close();
    expect(codeOf(() => old.files.listFolder('art'))).toBe('store-damaged');
    old.close();
    expect(met).toHaveLength(1);
    // It opens the new one: nothing is set aside a second time.
    open().close();
    expect(told).toEqual([]);
  });

  it('is found out when the damaged part is read, and set aside at the next start', async () => {
    fillLibrary();
    await damageFiles();
    const met: FamiliarError[] = [];
    const store = open({ onDamaged: (error) => met.push(error) });
    expect(codeOf(() => store.files.listFolder('art'))).toBe('store-damaged');
    expect(met).toHaveLength(1);
    expect(store.isStale()).toBe(true);
    store.close();
    expect(told).toEqual([]);
    // Not while another process writes it: that one is the one to set it aside.
    open({ mayRebuild: false }).close();
    expect(told).toEqual([]);
    const anew = open();
    expect([told.length, anew.files.listFolder('art').size, anew.isStale()]).toEqual([1, 0, false]);
    anew.close();
  });

  it('is noticed by a process that still has the old file open', () => {
    fillLibrary(3);
    const store = open();
    onTestFinished(() => store.close());
    expect(store.isStale()).toBe(false);
    spawnSync('mv', [path, `${path}.away`]);
    expect(store.isStale()).toBe(true);
  });
});

describe('a library that cannot be written', () => {
  it('is read as it is, and refuses writes with a reason', async () => {
    fillLibrary(5);
    await makeReadOnly();
    const store = open();
    expect(store.readOnly).toBe(true);
    expect(store.counts('r1').files).toBe(5);
    expect(codeOf(() => store.meta.set('key', 'value'))).toBe('store-readonly');
    expect(store.isStale()).toBe(false);
    store.close();
  });

  it('says so where it is of an older schema', async () => {
    new DatabaseSync(path).close();
    await writeFile(path, '');
    await makeReadOnly();
    expect(codeOf(open)).toBe('store-version');
  });

  it('waits for another process that writes, and says so where that takes too long', () => {
    fillLibrary(2);
    const store = open();
    const other = new DatabaseSync(path);
    onTestFinished(() => {
      other.close();
      store.close();
    });
    store.database.run('PRAGMA busy_timeout = 50');
    other.exec('BEGIN IMMEDIATE');
    expect(codeOf(() => store.meta.set('key', 'value'))).toBe('store-locked');
    expect(store.counts('r1').files).toBe(2);
    other.exec('ROLLBACK');
    store.meta.set('key', 'value');
    expect(existsSync(`${path}.damaged`)).toBe(false);
  });
});

/** Permissions do not bind root: as root the folder is mounted read-only instead. */
async function makeReadOnly(): Promise<void> {
  if (process.getuid?.() !== 0) {
    await chmod(path, 0o444);
    await chmod(folder, 0o555);
    onTestFinished(() => chmod(folder, 0o755));
    return;
  }
  spawnSync('mount', ['--bind', folder, folder]);
  const { status } = spawnSync('mount', ['-o', 'remount,bind,ro', folder]);
  isMounted = true;
  expect(status, 'mounting read-only').toBe(0);
}
