// npm run test:fault -- [--rounds N] [--seed S] [--round N] [--only NAME]
// npm run test:fault -- --fuzz FILES [--seed S]
// Randomised faults on real engine processes and a real disk, or mutated image files.
import { parseArgs } from 'node:util';
import { fuzzDecode } from '../../test/fault/fuzz/fuzzDecode.ts';
import { fuzzPipeline } from '../../test/fault/fuzz/fuzzPipeline.ts';
import { runRounds } from '../../test/fault/support/runRounds.ts';
import { buildNative } from './native.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    round: { type: 'string' },
    only: { type: 'string' },
    fuzz: { type: 'string' },
  },
});

/** Of the fuzzed files, the share that goes through the whole pipeline too. */
const pipelineShare = 0.05;

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new Error(`Expected --${name} to be a whole number but received ${text}.`);
  }
  return value;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function faults(seed: number): Promise<boolean> {
  const rounds =
    values.round === undefined
      ? Array.from({ length: wholeNumber('rounds', values.rounds) }, (_, n) => n)
      : [wholeNumber('round', values.round)];
  const only = values.only === undefined ? {} : { only: values.only };
  const { passed, skipped, failed } = await runRounds({ seed, rounds, log: print, ...only });
  for (const [name, count] of passed) {
    print(`${String(count).padStart(5)} × ${name}`);
  }
  for (const [name, why] of skipped) {
    print(`SKIPPED: ${name}: ${why}`);
  }
  print(`${rounds.length} rounds, ${failed.length} failed, seed ${seed}`);
  return failed.length === 0;
}

function printCounts(name: string, counts: ReadonlyMap<string, number>): void {
  const parts = [...counts].sort(([a], [b]) => a.localeCompare(b));
  print(`${name.padEnd(24)} ${parts.map(([outcome, n]) => `${outcome} ${n}`).join(', ')}`);
}

async function fuzz(seed: number, files: number): Promise<boolean> {
  const decoded = await fuzzDecode({ seed, files, workers: 2 });
  for (const [name, counts] of decoded.outcomes) {
    printCounts(name, counts);
  }
  const { deaths, hangs, wrong } = decoded;
  for (const [what, found] of Object.entries({ deaths, hangs, wrong })) {
    print(`${what}: ${found.length}${found.length === 0 ? '' : ` (${found.join('; ')})`}`);
  }
  const { slowest, largest } = decoded;
  print(`slowest: ${Math.round(slowest.value)} ms, ${slowest.file}`);
  print(`most memory: ${Math.round(largest.value / 1024 ** 2)} MiB, ${largest.file}`);
  const indexed = await fuzzPipeline({ seed, files: Math.ceil(files * pipelineShare) });
  printCounts('whole pipeline', new Map([['indexed', indexed.files], ...indexed.failures]));
  print(`engine deaths: ${indexed.deaths}; wrong: ${indexed.wrong.join('; ') || 'none'}`);
  print(`${files} mutated files, seed ${seed}`);
  const problems = [deaths, hangs, wrong, indexed.wrong].flat().length + indexed.deaths;
  return problems === 0;
}

buildNative();
const seed = wholeNumber('seed', values.seed);
print(`seed ${seed}`);
const passed =
  values.fuzz === undefined
    ? await faults(seed)
    : await fuzz(seed, wholeNumber('fuzz', values.fuzz));
process.exitCode = passed ? 0 : 1;
