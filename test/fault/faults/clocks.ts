import { strict as assert } from 'node:assert';
import { rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRaster } from '../../../src/engine/imaging/sharp.ts';
import type { Fault, Round } from '../support/round.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Loaded into an engine before its own code: its clock is wrong by so many milliseconds. */
function shiftedClock(shiftMs: number): NodeJS.ProcessEnv {
  const code = `const now = Date.now.bind(Date); const shift = ${shiftMs}; Date.now = () => now() + shift;
    globalThis.Date = class extends Date { constructor(...args) { args.length ? super(...args) : super(now() + shift); } static now() { return now() + shift; } };`;
  return { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}` };
}

/** Engines with clocks that disagree, and files from the future and from before 1970. */
async function wrongClock(round: Round): Promise<void> {
  await round.useOwnArt();
  const { random, folder, template } = round;
  for (const file of template.files) {
    if (random.next() < 0.4) {
      const seconds = random.integer(-10_000, 8_000_000_000);
      await utimes(join(folder, file), seconds, seconds);
    }
  }
  let before: string[] = [];
  for (let start = random.integer(1, 3); start > 0; start--) {
    const env = shiftedClock(random.integer(-20_000, 20_000) * dayMs);
    const engine = await round.start({ autoStart: true, env });
    assert.equal((await engine.idle()).failure, null);
    await round.assertAnswers(engine);
    await (random.next() < 0.5 ? engine.stop() : engine.killed());
    round.assertFinishedOnce(before);
    before = round.finished();
  }
  await round.assertWhole(before);
}

/** A picture that is replaced by an older one, or away while the clock is wrong, is seen. */
async function changedWithOldTime(round: Round): Promise<void> {
  await round.useOwnArt();
  const { random, folder, template } = round;
  const first = await round.start({ autoStart: true });
  await first.idle();
  await first.stop();
  const before = round.finished();
  const file = template.files[random.integer(3, template.files.length - 1)] as string;
  const path = join(folder, file);
  await rename(path, join(round.base, 'kept'));
  const data = new Uint8Array(48 * 40 * 3).fill(random.integer(0, 255));
  await writeFile(path, await openRaster({ data, width: 48, height: 40 }).png().toBuffer());
  const old = random.integer(-1_000, 1_000_000_000);
  await utimes(path, old, old);
  const engine = await round.start({ autoStart: true, env: shiftedClock(-10_000 * dayMs) });
  await engine.idle();
  const opened = await engine.request('query/open', { source: { kind: 'path', path } });
  assert.deepEqual([opened.width, opened.imageId !== null], [48, true]);
  await engine.stop();
  await rename(join(round.base, 'kept'), path);
  await round.assertWhole(before);
}

export const clocks: readonly Fault[] = [
  { name: 'clock set back or forward', run: wrongClock },
  { name: 'file replaced by an older one', run: changedWithOldTime },
];
