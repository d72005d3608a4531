import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { exportFormats } from '../../../src/protocol/engineProtocol.ts';
import { EngineProcess } from '../support/engineProcess.ts';
import type { Fault, Round } from '../support/round.ts';
import { until } from '../support/until.ts';

const hostScript = fileURLToPath(new URL('../support/hostProcess.ts', import.meta.url));

/** Longer than indexing a round's pictures takes, so that kills fall before, within and after. */
const indexingMs = 700;

async function killIndexing(round: Round): Promise<void> {
  await round.useOwnArt();
  let before: string[] = [];
  for (let death = round.random.integer(1, 2); death > 0; death--) {
    const engine = await round.start({ autoStart: true });
    await round.pause(0, indexingMs);
    await engine.killed();
    round.assertFinishedOnce(before);
    before = round.finished();
  }
  await round.assertWhole(before);
}

async function killStart(round: Round): Promise<void> {
  await round.useIndexed(round.templates.small);
  const before = round.finished();
  const engine = EngineProcess.fork();
  const { folder, storage, templates } = round;
  const started = engine.initialize({ folder, storage, models: templates.models, autoStart: true });
  started.catch(() => undefined);
  await round.pause(0, 900);
  await engine.killed();
  await round.assertWhole(before);
}

async function killRebuild(round: Round): Promise<void> {
  await round.useIndexed(round.templates.forest);
  const before = round.finished();
  await rm(join(round.storage, 'index'), { recursive: true });
  const engine = await round.start({ autoStart: true });
  const isBuilding = () => existsSync(join(round.storage, 'index'));
  if (round.random.next() < 0.7) {
    // The files appear when the forest is built: what comes is the writing of it.
    await until(isBuilding);
    await round.pause(0, 30);
  } else {
    await round.pause(900, 1_500);
  }
  await engine.killed();
  await round.assertWhole(before);
}

/** A database as the migrations find it first: empty, and nothing of it on disk yet. */
async function killMigration(round: Round): Promise<void> {
  const { folder, storage, templates } = round;
  for (let death = round.random.integer(1, 4); death > 0; death--) {
    const engine = EngineProcess.fork();
    const started = engine.initialize({ folder, storage, models: templates.models });
    started.catch(() => undefined);
    await until(() => existsSync(round.databasePath));
    await round.pause(0, 12);
    await engine.killed();
    if (round.random.next() < 0.5) {
      await rm(round.databasePath);
    }
  }
  await round.assertWhole([]);
}

async function killExport(round: Round): Promise<void> {
  await round.useIndexed(round.templates.forest);
  const before = round.finished();
  const format = round.random.pick(exportFormats);
  const path = join(round.base, `map.${format}`);
  const earlier = 'an earlier export\n';
  await writeFile(path, earlier);
  const engine = await round.start();
  const exported = engine.request('export', { format, path });
  exported.catch(() => undefined);
  await round.pause(0, 60);
  await engine.killed();
  const text = await readFile(path, 'utf8');
  if (text !== earlier) {
    assertWholeExport(format, text);
  }
  await round.assertWhole(before);
}

function assertWholeExport(format: string, text: string): void {
  if (format === 'csv') {
    assert.ok(text.endsWith('\r\n'), 'the last row is whole');
    const columns = text.trim().split('\r\n');
    assert.ok(columns.every((row) => row.split(',').length === 10));
  } else {
    JSON.parse(text);
  }
}

/** The extension host dies, and a new window opens while its engine is perhaps still there. */
async function killHost(round: Round): Promise<void> {
  await round.useOwnArt();
  const { folder, storage, templates } = round;
  const host = spawn(process.execPath, [hostScript, folder, storage, templates.models], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(host.stdout), 'line');
  await round.pause(0, indexingMs);
  const ended = once(host, 'exit');
  host.kill('SIGKILL');
  await ended;
  if (round.random.next() < 0.5) {
    await until(() => !isAlive(Number(line)));
  }
  const follower = await round.start({ autoStart: true });
  await until(() => !isAlive(Number(line)));
  await until(async () => (await follower.request('stats', null)).files > 0);
  await until(async () => (await follower.idle()).total >= 0);
  await follower.stop();
  await round.assertWhole(round.finished());
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export const kills: readonly Fault[] = [
  { name: 'kill while indexing', run: killIndexing },
  { name: 'kill while starting', run: killStart },
  { name: 'kill while the index is rebuilt', run: killRebuild },
  { name: 'kill while the schema is made', run: killMigration },
  { name: 'kill while exporting', run: killExport },
  { name: 'kill the extension host', run: killHost },
];
