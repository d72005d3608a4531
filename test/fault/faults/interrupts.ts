import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Fault, Round } from '../support/round.ts';

const script = fileURLToPath(new URL('../support/buildForest.ts', import.meta.url));
const perRound = 8;

/** Ways to end: closing the index first, exiting at once, and leaving it to the system. */
const endings = ['close', 'exit', 'nothing'] as const;

async function interruptOnce(round: Round): Promise<void> {
  const { random } = round;
  const ending = random.pick(endings);
  const signal = random.pick(['SIGINT', 'SIGTERM'] as const);
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, join(round.base, 'index'), ending],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const closed = once(child, 'close');
  const words = text(child.stderr);
  await once(child.stdout, 'data');
  await round.pause(0, 500);
  child.kill(signal);
  const [code, endedBy] = await closed;
  const expected = ending === 'nothing' ? [null, signal] : [0, null];
  assert.deepEqual([code, endedBy], expected, `${signal}, ${ending}: ${await words}`);
  assert.equal(await words, '', `${signal}, ${ending}`);
}

/** Native threads at work when the process is told to end must not abort it. */
async function interruptBuild(round: Round): Promise<void> {
  for (let n = 0; n < perRound; n++) {
    await interruptOnce(round);
  }
}

export const interrupts: readonly Fault[] = [
  { name: 'interrupt the native index build', run: interruptBuild },
];
