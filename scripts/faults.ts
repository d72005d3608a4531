// npm run test:fault -- [--rounds N] [--seed S] [--round N] [--only NAME] [--fuzz FILES]
// Randomised faults on real engine processes and a real disk; see test/fault.
import { parseArgs } from 'node:util';
import { runRounds } from '../test/fault/support/runRounds.ts';
import { buildNative } from './native.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    round: { type: 'string' },
    only: { type: 'string' },
  },
});

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

buildNative();
const seed = wholeNumber('seed', values.seed);
print(`seed ${seed}`);
process.exitCode = (await faults(seed)) ? 0 : 1;
