// npm run soak -- --minutes N [--seed S]
// One engine process that indexes, watches and answers while its files are edited at random;
// ends with 1 where its memory, handles or threads grow beyond the bounds.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Figures, findTrends, readFigures } from '../../test/fault/soak/processFigures.ts';
import { RandomWork } from '../../test/fault/soak/randomWork.ts';
import { EngineProcess } from '../../test/fault/support/engineProcess.ts';
import { generateSample } from '../sample/generateSample.ts';
import { Random } from '../sample/random.ts';
import { buildNative } from './native.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
  },
});
const models = fileURLToPath(new URL('../../models', import.meta.url));
const shownLines = 24;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A sample about every hundredth of the time, and one every five seconds at least. */
async function sampleWhile(engine: EngineProcess, work: RandomWork, minutes: number) {
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const intervalSeconds = Math.max(1, Math.min(5, (minutes * 60) / 100));
  const samples: Figures[] = [];
  const every = Math.max(1, Math.floor((minutes * 60) / intervalSeconds / shownLines));
  print('  time s   memory MiB   handles   threads');
  while (elapsed() < minutes * 60) {
    await work.step();
    if (elapsed() >= samples.length * intervalSeconds) {
      const figures = readFigures(engine.pid, elapsed());
      if (samples.push(figures) % every === 1 || every === 1) {
        const { seconds, rssMib, handles, threads } = figures;
        const columns = [seconds.toFixed(0).padStart(8), rssMib.toFixed(1).padStart(12)];
        print([...columns, String(handles).padStart(9), String(threads).padStart(9)].join(' '));
      }
    }
    await delay(100);
  }
  return samples;
}

async function soak(minutes: number, seed: number): Promise<boolean> {
  const base = await mkdtemp(join(tmpdir(), 'soak-'));
  const folder = join(base, 'art');
  try {
    await generateSample({ folder, characters: 8, images: 60, seed });
    const storage = join(base, 'library');
    const engine = await EngineProcess.start({
      folder,
      storage,
      models,
      autoStart: true,
      watch: true,
    });
    await engine.idle();
    const work = new RandomWork(engine, folder, new Random(seed));
    const samples = await sampleWhile(engine, work, minutes);
    const { failure } = await engine.idle();
    await engine.stop();
    print([...work.counts].map(([what, count]) => `${what} ${count}`).join(', '));
    let isFlat = failure === null;
    for (const { name, early, late, allowed, perHour } of findTrends(samples)) {
      const verdict = late <= allowed ? 'flat' : 'GROWS';
      isFlat &&= late <= allowed;
      print(
        `${verdict} ${name}: ${early.toFixed(1)} → ${late.toFixed(1)} (at most ${allowed.toFixed(1)}), ${perHour.toFixed(1)} an hour`,
      );
    }
    return isFlat;
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

if (process.platform !== 'linux') {
  throw new Error('Expected Linux: the figures are read from /proc.');
}
buildNative();
const seed = Number(values.seed);
print(`seed ${seed}, ${values.minutes} minutes`);
process.exitCode = (await soak(Number(values.minutes), seed)) ? 0 : 1;
