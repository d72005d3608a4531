import { expect, it } from 'vitest';
import { allFaults } from './faults/all.ts';
import { runRounds } from './support/runRounds.ts';

const seed = 20_261_124;

/** One of each kind, at a fixed seed; `npm run test:fault` runs all of them, many times. */
const chosen = [
  'kill while indexing',
  'kill while the index is rebuilt',
  'disk full while indexing',
  'storage read-only',
  'database damaged',
  'database damaged while running',
  'index damaged',
  'two windows, the leader goes',
  'kill while characters are named',
];

it('loses nothing, repeats nothing and answers rightly after a fault of each kind', async () => {
  const rounds = chosen.map((wanted) => allFaults.findIndex(({ name }) => name === wanted));
  expect(rounds).not.toContain(-1);
  const log: string[] = [];
  const { failed, skipped } = await runRounds({ seed, rounds, log: (line) => log.push(line) });
  for (const [name, why] of skipped) {
    process.stderr.write(`SKIPPED: ${name}: ${why}\n`);
  }
  expect(failed, log.join('\n')).toEqual([]);
});
