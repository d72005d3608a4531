import { strict as assert } from 'node:assert';
import { existsSync, statfsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FamiliarError } from '../../../src/common/failure.ts';
import { copyFolder } from '../support/library.ts';
import { type Fault, NotPossibleHere, type Round } from '../support/round.ts';
import { until } from '../support/until.ts';

/** Leaves `leftBytes` on the file system of `folder`. */
async function fill(folder: string, leftBytes: number): Promise<void> {
  const { bavail, bsize } = statfsSync(folder);
  const bytes = Math.max(0, bavail * bsize - leftBytes);
  await writeFile(join(folder, 'filler'), Buffer.alloc(bytes));
}

/** The disk fills up before or while pictures are indexed; room comes back later. */
async function fullDisk(round: Round): Promise<void> {
  await round.useOwnArt();
  await round.mount(round.storage, '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs');
  const left = round.random.integer(0, 700) * 1024;
  await fill(round.storage, left);
  let before: string[] = [];
  try {
    const engine = await round.start();
    const { failure } = await engine.index();
    before = round.finished();
    if (failure !== null) {
      assert.equal(failure.code, 'store-full', failure.message);
    }
    assert.deepEqual(await engine.request('failures', null), [], 'files blamed for a full disk');
    await rm(join(round.storage, 'filler'));
    await engine.request('index/resume', null);
    const progress = await engine.index();
    assert.equal(progress.failure, null);
    await engine.stop();
  } catch (error) {
    if (!(error instanceof FamiliarError) || error.code !== 'store-full') {
      throw error;
    }
  }
  await rm(join(round.storage, 'filler'), { force: true });
  await round.assertWhole(before);
}

/** An indexed library on a disk that is full: everything that is there can be searched. */
async function fullDiskWhileSearching(round: Round): Promise<void> {
  const template = round.random.pick([round.templates.small, round.templates.forest]);
  await round.mount(round.storage, '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs');
  await round.useIndexed(template);
  const before = round.finished();
  await fill(round.storage, round.random.integer(0, 40) * 1024);
  try {
    const engine = await round.start({ autoStart: round.random.next() < 0.5 });
    await engine.idle();
    await round.assertAnswersOrReason(engine);
    await engine.stop();
  } catch (error) {
    if (!(error instanceof FamiliarError) || error.code !== 'store-full') {
      throw error;
    }
  }
  await rm(join(round.storage, 'filler'));
  await round.assertWhole(before);
}

/** A library on a file system that cannot be written: searched as it is, nothing is changed. */
async function readOnlyStorage(round: Round): Promise<void> {
  await round.useIndexed(round.random.pick([round.templates.small, round.templates.forest]));
  const before = round.finished();
  if (round.random.next() < 0.5) {
    // As it lies there after a power cut: with a log that has not been merged.
    const engine = await round.start({ autoStart: true });
    await engine.idle();
    await engine.killed();
  } else {
    // As it lies there when it was copied to a disc: nothing but the database itself.
    const database = new DatabaseSync(round.databasePath);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
  }
  await round.mount(round.storage, '--bind', round.storage);
  await round.mount(round.storage, '-o', 'remount,bind,ro');
  const engine = await round.start({ autoStart: true });
  await engine.idle();
  assert.equal((await engine.request('stats', null)).readOnly, true);
  await round.assertAnswers(engine);
  const refused = await engine.request('index/start', { force: true }).catch((error) => error);
  assert.equal(refused.code, 'store-readonly');
  const path = join(round.base, 'map.csv');
  assert.ok((await engine.request('export', { format: 'csv', path })).images > 0);
  assert.deepEqual(await engine.stop(), { code: 0, signal: null });
  // The second mount is the first one changed: both go at once.
  round.unmount(round.storage);
  assert.ok(existsSync(round.databasePath));
  await round.assertWhole(before);
}

/** The folder with the pictures goes away, as a drive does, and comes back. */
async function unmountedFolder(round: Round): Promise<void> {
  const isEmptyPlace = round.random.next() < 0.5;
  const art = join(round.base, 'art');
  const away = join(round.base, 'away');
  await copyFolder(round.template.art, art);
  round.folder = art;
  const watch = round.random.next() < 0.5;
  const first = await round.start({ autoStart: true });
  await first.idle();
  await first.stop();
  const before = round.finished();
  const engine = await round.start({ autoStart: true, watch });
  await round.pause(0, 300);
  await rename(art, away);
  if (isEmptyPlace) {
    // What a place where nothing is mounted looks like.
    await mkdir(art);
  }
  await engine.index();
  if (round.random.next() < 0.3) {
    await engine.killed();
  }
  await rm(art, { recursive: true, force: true });
  await rename(away, art);
  if (!engine.hasExited) {
    const progress = await engine.index();
    assert.equal(progress.failure, null);
    await until(async () => {
      const { files } = await engine.request('stats', null);
      return files === round.template.files.length;
    });
    await round.assertAnswers(engine);
    await engine.stop();
  }
  await round.assertWhole(before);
}

/** Everything beside the database may be deleted at any time. */
async function deletedCaches(round: Round): Promise<void> {
  await round.useIndexed(round.templates.forest);
  const before = round.finished();
  const engine = await round.start({ autoStart: true });
  if (round.random.next() < 0.5) {
    await engine.idle();
  }
  const caches = (await readdir(round.storage)).filter(
    (name) => !name.startsWith('library.') && !name.startsWith('leader.'),
  );
  for (const name of caches) {
    await rm(join(round.storage, name), { recursive: true, force: true });
  }
  await engine.idle();
  await round.assertAnswers(engine);
  await engine.stop();
  await round.assertWhole(before);
}

function asRoot(run: Fault['run']): Fault['run'] {
  return async (round) => {
    if (process.getuid?.() !== 0) {
      throw new NotPossibleHere('mounting takes root');
    }
    await run(round);
  };
}

export const disks: readonly Fault[] = [
  { name: 'disk full while indexing', run: asRoot(fullDisk) },
  { name: 'disk full while searching', run: asRoot(fullDiskWhileSearching) },
  { name: 'storage read-only', run: asRoot(readOnlyStorage) },
  { name: 'folder gone and back', run: unmountedFolder },
  { name: 'caches deleted', run: deletedCaches },
];
