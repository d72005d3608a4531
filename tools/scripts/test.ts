// npm test: everything that the tests need, then all of them, quickest first, and a table at the
// end. Other arguments go to vitest; a filter below test/ chooses the tier that it belongs to.
// `--tier=NAME`, once or several times, chooses tiers (the scripts `test:NAME`).
import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatOutcomes, type Outcome, readOutcome } from './testReport.ts';
import { type Tier, tiers } from './testTiers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const outputFlag = '--outputFile.json=';

interface Wanted {
  readonly tiers: readonly Tier[];
  readonly filters: readonly string[];
  readonly options: readonly string[];
  /** Where the reports go, each with the tier's name at its end. */
  readonly report: string;
}

function parseArguments(args: readonly string[], folder: string): Wanted {
  const named = args.flatMap((arg) => (arg.startsWith('--tier=') ? arg.slice(7) : []));
  const unknown = named.find((name) => !tiers.some((tier) => tier.name === name));
  if (unknown !== undefined) {
    const names = tiers.map(({ name }) => name).join(', ');
    throw new Error(`Expected --tier to be one of ${names} but received ${unknown}.`);
  }
  const filters = args.filter((arg) => !arg.startsWith('-'));
  const report = args.find((arg) => arg.startsWith(outputFlag))?.slice(outputFlag.length);
  const chosen = named.length > 0 ? tiers.filter(({ name }) => named.includes(name)) : tiers;
  return {
    tiers: chosen.filter((tier) => filters.length === 0 || filters.some((one) => fits(one, tier))),
    filters,
    options: args.filter(
      (arg) => arg.startsWith('-') && !arg.startsWith('--tier=') && !arg.startsWith(outputFlag),
    ),
    report: report ?? join(folder, 'report'),
  };
}

/** A filter that names no folder of tests may be part of any name, but VS Code is not started for it. */
function fits(filter: string, { name, folders }: Tier): boolean {
  const path = relative(root, join(root, filter)).replaceAll('\\', '/');
  const isOf = (folder: string) => `${path}/`.startsWith(`test/${folder}/`);
  const known = tiers.flatMap((tier) => tier.folders).some(isOf);
  return known ? folders.some(isOf) : name !== 'e2e' || filter.includes('e2e');
}

function tierArguments({ name, folders }: Tier, { filters, options, report }: Wanted): string[] {
  const own = filters.filter((filter) => fits(filter, { name, folders, prepare: noPreparation }));
  const reporters = options.some((option) => option.startsWith('--reporter'))
    ? []
    : ['--reporter=default'];
  const chosen = name === 'e2e' ? ['--config', 'vitest.e2e.config.ts'] : ['--project', name];
  return [
    ...['run', ...chosen, ...own, ...options, ...reporters],
    ...['--reporter=json', `${outputFlag}${report}.${name}`, '--passWithNoTests'],
  ];
}

async function noPreparation(): Promise<null> {
  return null;
}

async function runVitest(args: readonly string[], options: SpawnOptions): Promise<string> {
  const child = spawn(process.execPath, [vitest, ...args], { cwd: root, ...options });
  let output = '';
  child.stdout?.on('data', (text) => {
    output += text;
  });
  child.stderr?.on('data', (text) => {
    output += text;
  });
  const [status] = await once(child, 'close');
  if (status !== 0) {
    process.exitCode = 1;
  }
  return output;
}

/** How many tests there are; they are not run. */
async function countTests(tier: Tier, wanted: Wanted): Promise<number> {
  const [, ...args] = tierArguments(tier, { ...wanted, options: [] });
  const list = ['list', ...args.filter((arg) => !/reporter|outputFile/i.test(arg))];
  const before = process.exitCode;
  const output = await runVitest(list, { stdio: ['ignore', 'pipe', 'ignore'] });
  process.exitCode = before;
  return output.split('\n').filter((line) => line.includes(' > ')).length;
}

/** @param isBackground what the tests print is shown when they have ended */
async function runTier(tier: Tier, wanted: Wanted, isBackground: boolean): Promise<Outcome> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const reason = await tier.prepare();
  if (reason !== null) {
    process.stderr.write(`\nSKIPPED: ${tier.name}: ${reason}\n`);
    const skipped = await countTests(tier, wanted);
    return { tier: tier.name, passed: 0, failed: 0, skipped, why: [reason], seconds: seconds() };
  }
  const output = await runVitest(tierArguments(tier, wanted), {
    stdio: isBackground ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  process.stdout.write(output);
  const text = await readFile(`${wanted.report}.${tier.name}`, 'utf8');
  return readOutcome(tier.name, text, seconds());
}

async function inTurn(some: readonly Tier[], wanted: Wanted): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const tier of some) {
    outcomes.push(await runTier(tier, wanted, false));
  }
  return outcomes;
}

/**
 * Most of the time of the tests in VS Code is waiting for its windows: they run beside the long
 * tests of the engine and the training, after the quick ones have had their say.
 */
async function runAll(wanted: Wanted): Promise<Outcome[]> {
  const slow = ['training', 'engine'];
  const e2e = wanted.tiers.filter(({ name }) => name === 'e2e');
  const beside = wanted.tiers.filter(({ name }) => slow.includes(name));
  const quick = wanted.tiers.filter((tier) => !e2e.includes(tier) && !beside.includes(tier));
  const first = await inTurn(quick, wanted);
  const [middle, last] = await Promise.all([
    inTurn(beside, wanted),
    Promise.all(e2e.map((tier) => runTier(tier, wanted, beside.length > 0))),
  ]);
  return [...first, ...middle, ...last];
}

const folder = await mkdtemp(join(tmpdir(), 'familiar-faces-tests-'));
try {
  const outcomes = await runAll(parseArguments(process.argv.slice(2), folder));
  process.stdout.write(formatOutcomes(outcomes));
  if (outcomes.some(({ failed }) => failed > 0)) {
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true });
}
