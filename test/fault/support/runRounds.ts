import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../../tools/sample/random.ts';
import { allFaults } from '../faults/all.ts';
import { createTemplates } from './library.ts';
import { NotPossibleHere, Round } from './round.ts';

export interface RoundsOptions {
  readonly seed: number;
  /** Numbers of the rounds: with the same seed and number the choices are the same. */
  readonly rounds: Iterable<number>;
  /** Only faults whose name contains this. */
  readonly only?: string;
  readonly log: (line: string) => void;
}

export interface RoundsResult {
  readonly passed: ReadonlyMap<string, number>;
  readonly skipped: ReadonlyMap<string, string>;
  readonly failed: readonly string[];
}

/** Every fault in turn, each round with random choices of its own. */
export async function runRounds(options: RoundsOptions): Promise<RoundsResult> {
  const { seed, rounds, only = '', log } = options;
  const faults = allFaults.filter(({ name }) => name.includes(only));
  const base = await mkdtemp(join(tmpdir(), 'fault-'));
  const passed = new Map<string, number>();
  const skipped = new Map<string, string>();
  const failed: string[] = [];
  try {
    const templates = await createTemplates(base, seed);
    for (const number of rounds) {
      const fault = faults[number % faults.length];
      if (fault === undefined) {
        throw new Error(`Expected a fault whose name contains "${only}".`);
      }
      const folder = join(base, `round-${number}`);
      await mkdir(folder);
      const round = new Round(folder, new Random(seed * 1_000_003 + number * 7_919), templates);
      try {
        await fault.run(round);
        passed.set(fault.name, (passed.get(fault.name) ?? 0) + 1);
      } catch (error) {
        if (error instanceof NotPossibleHere) {
          skipped.set(fault.name, error.message);
        } else {
          const text = error instanceof Error ? error.stack : String(error);
          failed.push(`round ${number} of seed ${seed}, ${fault.name}: ${text}`);
          log(`FAILED ${failed.at(-1)}\n    ${round.describe()}`);
        }
      } finally {
        await round.end();
      }
    }
  } finally {
    await rm(base, { recursive: true, force: true });
  }
  return { passed, skipped, failed };
}
