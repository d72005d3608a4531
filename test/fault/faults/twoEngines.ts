import { strict as assert } from 'node:assert';
import { FamiliarError } from '../../../src/common/failure.ts';
import type { EngineProcess } from '../support/engineProcess.ts';
import type { Fault, Round } from '../support/round.ts';
import { until } from '../support/until.ts';

async function leads(engine: EngineProcess): Promise<boolean> {
  try {
    await engine.request('failures/retry', { fileIds: [] });
    return true;
  } catch (error) {
    assert.ok(error instanceof FamiliarError && error.code === 'store-locked', String(error));
    return false;
  }
}

/** Windows on one workspace: one writes, all answer, and when one goes another takes over. */
async function twoWindows(round: Round): Promise<void> {
  await round.useOwnArt();
  const { random } = round;
  const count = random.integer(2, 3);
  const engines = await Promise.all(
    Array.from({ length: count }, () =>
      round.start({ autoStart: true, watch: random.next() < 0.3 }),
    ),
  );
  const leading = await Promise.all(engines.map(leads));
  assert.equal(leading.filter(Boolean).length, 1, 'leaders');
  await round.pause(0, 600);
  const leader = engines[leading.indexOf(true)] as EngineProcess;
  const others = engines.filter((engine) => engine !== leader);
  let before = round.finished();
  await (random.next() < 0.6 ? leader.killed() : leader.stop());
  round.assertFinishedOnce(before);
  before = round.finished();
  const seen = async (engine: EngineProcess) =>
    (await engine.request('stats', null)).files === round.template.files.length;
  for (const engine of others) {
    await until(() => seen(engine));
  }
  const leaders = async () => (await Promise.all(others.map(leads))).filter(Boolean).length;
  await until(async () => (await leaders()) > 0);
  assert.equal(await leaders(), 1, 'one successor');
  for (const engine of others) {
    // A follower looks once a second for what is new.
    await until(() => answersRightly(round, engine));
    assert.deepEqual(await engine.stop(), { code: 0, signal: null });
  }
  await round.assertWhole(before);
}

/** Whether all answers are right; for a moment they may lack what another engine just wrote. */
async function answersRightly(round: Round, engine: EngineProcess): Promise<boolean> {
  try {
    await round.assertAnswers(engine);
    return true;
  } catch (error) {
    if (engine.hasExited || !(error instanceof assert.AssertionError)) {
      throw error;
    }
    return false;
  }
}

/** Two engines start at the same moment on a library that does not exist yet. */
async function twoStarts(round: Round): Promise<void> {
  const engines = await Promise.all([
    round.start({ autoStart: true }),
    round.start({ autoStart: true }),
  ]);
  for (const engine of engines) {
    await until(
      async () => (await engine.request('stats', null)).files === round.template.files.length,
    );
  }
  for (const engine of engines) {
    assert.deepEqual(await engine.stop(), { code: 0, signal: null });
  }
  await round.assertWhole(round.finished());
}

export const twoEngines: readonly Fault[] = [
  { name: 'two windows, the leader goes', run: twoWindows },
  { name: 'two windows at once on a new library', run: twoStarts },
];
