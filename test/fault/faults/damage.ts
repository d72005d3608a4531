import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { open, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FamiliarError } from '../../../src/common/failure.ts';
import type { Random } from '../../../tools/sample/random.ts';
import { builtAnew, type Fault, type Round } from '../support/round.ts';

const pageBytes = 4096;

function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.integer(0, 255));
}

/** Overwrites a part of a file, as a failing disk or a half-synced copy does. */
async function overwrite(path: string, at: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

async function damageDatabase(path: string, random: Random): Promise<void> {
  const { size } = await stat(path);
  const pages = size / pageBytes;
  switch (random.integer(0, 4)) {
    case 0:
      return truncate(path, random.integer(0, size - 1));
    case 1:
      return overwrite(path, 0, noise(random, 100));
    case 2:
      return writeFile(path, noise(random, random.integer(1, 3 * pageBytes)));
    case 3:
      return overwrite(path, random.integer(0, pages - 1) * pageBytes, new Uint8Array(pageBytes));
    default: {
      const at = random.integer(0, pages - 1) * pageBytes;
      return overwrite(path, at, noise(random, pageBytes * random.integer(1, 4)));
    }
  }
}

/** The database is damaged while nothing runs: found at the start or when the part is read. */
async function damagedDatabase(round: Round): Promise<void> {
  await round.useIndexed(round.random.pick([round.templates.small, round.templates.forest]));
  await damageDatabase(round.databasePath, round.random);
  await assertHeals(round);
}

async function damagedLog(round: Round): Promise<void> {
  await round.useIndexed(round.templates.small);
  const engine = await round.start({ autoStart: true });
  await engine.idle();
  await engine.request('index/start', { force: true });
  await engine.idle();
  await engine.killed();
  const log = `${round.databasePath}-wal`;
  if (existsSync(log)) {
    const { size } = await stat(log);
    if (round.random.next() < 0.5) {
      await truncate(log, round.random.integer(0, size));
    } else {
      await overwrite(log, round.random.integer(0, size), noise(round.random, 2_000));
    }
  }
  if (round.random.next() < 0.3) {
    await writeFile(`${round.databasePath}-shm`, noise(round.random, 32_768));
  }
  await assertHeals(round);
}

/** The database is damaged below a running engine. */
async function damagedWhileRunning(round: Round): Promise<void> {
  await round.useIndexed(round.random.pick([round.templates.small, round.templates.forest]));
  const engine = await round.start({ autoStart: true });
  if (round.random.next() < 0.5) {
    await engine.idle();
  }
  await damageDatabase(round.databasePath, round.random);
  try {
    await engine.index();
    await round.assertAnswersOrReason(engine);
    await engine.stop();
  } catch (error) {
    assertReason(error);
    if (!engine.hasExited) {
      await engine.killed();
    }
  }
  await assertHeals(round);
}

function assertReason(error: unknown): void {
  if (!(error instanceof FamiliarError) || error.code === 'internal') {
    throw error;
  }
}

/**
 * Starts engines as a host does until one is well: each answers rightly, or says why not and is
 * started again. The library may be built anew once.
 */
async function assertHeals(round: Round): Promise<void> {
  let rebuilds = 0;
  for (let attempt = 0; attempt < 4; attempt++) {
    const engine = await round.start({ autoStart: true });
    let isWell = false;
    try {
      const { failure } = await engine.idle();
      const isRight = failure === null && (await round.assertAnswersOrReason(engine)) === 'right';
      // Damage that no answer has met is found by the diagnosis, and heals from then on.
      const { checks } = await engine.request('doctor', null);
      isWell =
        isRight && checks.every(({ part, failure }) => failure === null || part !== 'database');
      await engine.stop();
    } catch (error) {
      assertReason(error);
      await engine.killed();
    }
    rebuilds += engine.logs.filter((message) => builtAnew.test(message)).length;
    if (isWell) {
      break;
    }
  }
  assert.ok(rebuilds <= 1, `built anew ${rebuilds} times`);
  const kept = (await readdir(round.storage)).filter((name) => name.includes('.damaged-'));
  assert.equal(kept.some((name) => /damaged-[^.]*$/.test(name)) ? 1 : 0, rebuilds, 'set aside');
  await round.assertWhole(round.finished());
}

/** Another program holds the database, for a moment or longer than anybody waits. */
async function lockedDatabase(round: Round): Promise<void> {
  await round.useOwnArt();
  const first = await round.start({ autoStart: true });
  await round.pause(0, 400);
  await first.stop();
  const before = round.finished();
  const isLong = round.random.next() < 0.15;
  const engine = await round.start();
  const other = new DatabaseSync(round.databasePath);
  other.exec('BEGIN IMMEDIATE');
  const indexing = engine.index();
  await round.pause(isLong ? 11_000 : 100, isLong ? 11_500 : 1_500);
  other.exec('ROLLBACK');
  other.close();
  const { failure } = await indexing;
  if (failure !== null) {
    assert.equal(failure.code, 'store-locked', failure.message);
    await engine.request('index/resume', null);
    assert.equal((await engine.idle()).failure, null);
  }
  await engine.stop();
  await round.assertWhole(before);
}

/** The file by which engines agree on who writes. */
async function damagedLock(round: Round): Promise<void> {
  await round.useIndexed(round.templates.small);
  const before = round.finished();
  const path = join(round.storage, 'leader.lock');
  switch (round.random.integer(0, 2)) {
    case 0:
      await writeFile(path, noise(round.random, round.random.integer(1, 9_000)));
      break;
    case 1:
      await writeFile(path, '');
      break;
    default:
      await rm(path, { force: true });
  }
  await round.assertWhole(before);
}

/** Schema of a release to come: refused with a reason, and left as it is. */
async function newerSchema(round: Round): Promise<void> {
  await round.useIndexed(round.templates.small);
  const before = round.finished();
  const setVersion = (version: number) => {
    const database = new DatabaseSync(round.databasePath);
    const was = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    database.exec(`PRAGMA user_version = ${version}`);
    database.close();
    return was;
  };
  const version = setVersion(round.random.integer(100, 1_000));
  const refused = await round.start().catch((error) => error);
  assert.equal(refused.code, 'store-version');
  setVersion(version);
  await round.assertWhole(before);
}

export const damage: readonly Fault[] = [
  { name: 'database damaged', run: damagedDatabase },
  { name: 'write-ahead log damaged', run: damagedLog },
  { name: 'database damaged while running', run: damagedWhileRunning },
  { name: 'database locked', run: lockedDatabase },
  { name: 'leader lock damaged', run: damagedLock },
  { name: 'schema of a newer release', run: newerSchema },
];
