import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { oneOf, wrongArgument } from '../../src/cli/arguments.ts';
import { exitCodes } from '../../src/cli/commands.ts';
import { bundledModels } from '../../src/cli/openLibrary.ts';
import { sharedAddress } from '../../src/cli/share.ts';
import { executionProviders } from '../../src/common/settings.ts';
import { loadManifest, vectorDimensions } from '../../src/engine/models/manifest.ts';
import { type Table, toMarkdown } from '../bench/measure.ts';
import { benchMoves } from '../bench/movesBench.ts';
import { benchRescan } from '../bench/rescanBench.ts';
import { benchSearch } from '../bench/searchBench.ts';
import { benchShared } from '../bench/sharedBench.ts';
import { benchThroughput } from '../bench/throughputBench.ts';

export interface BenchFlags {
  readonly models?: string;
  readonly only?: string;
  readonly images?: number;
  readonly rounds?: number;
  readonly faces?: string | number;
  readonly files?: string | number;
  readonly provider?: string;
  readonly against?: string;
  readonly write?: string;
}

const parts = ['throughput', 'rescan', 'search', 'moves', 'shared'] as const;
/** Measured only where they are asked for: one needs a server, the other the project's history. */
const usualParts = parts.filter((part) => part !== 'shared' && part !== 'moves');

/** The last commit whose searches compared all vectors up to a million. */
const beforeTrees = '924d076';

/** `bench`: measures speed as ratios within one run. */
export async function bench(flags: BenchFlags): Promise<number> {
  const chosen = choose(flags.only);
  const models = flags.models === undefined ? bundledModels() : resolve(flags.models);
  const onProgress = (what: string) => process.stderr.write(`${what}\n`);
  const tables: Table[] = [];
  if (chosen.includes('throughput')) {
    const images = wholeNumbers('images', flags.images ?? 120)[0] as number;
    const rounds = wholeNumbers('rounds', flags.rounds ?? 5)[0] as number;
    const provider = oneOf('provider', flags.provider ?? 'cpu', executionProviders);
    tables.push(await benchThroughput({ models, provider, images, rounds, onProgress }));
  }
  if (chosen.includes('rescan')) {
    const files = wholeNumbers('files', flags.files ?? 10_000);
    tables.push(...(await benchRescan({ models, files, onProgress })));
  }
  if (chosen.includes('search')) {
    const dimensions = vectorDimensions((await loadManifest(models)).manifest);
    const faces = wholeNumbers('faces', flags.faces ?? '10000,100000,300000');
    tables.push(...(await benchSearch({ models, faces, dimensions, onProgress })));
  }
  if (chosen.includes('moves')) {
    const faces = wholeNumbers('faces', flags.faces ?? '100000');
    const against = flags.against ?? beforeTrees;
    tables.push(await benchMoves({ models, faces, against, onProgress }));
  }
  if (chosen.includes('shared')) {
    const url = sharedAddress();
    const dimensions = vectorDimensions((await loadManifest(models)).manifest);
    const faces = wholeNumbers('faces', flags.faces ?? '10000');
    tables.push(await benchShared({ url, faces, dimensions, onProgress }));
  }
  const report = `# Benchmarks\n\n${describeMachine()}\n\n${toMarkdown(tables)}\n`;
  process.stdout.write(report);
  if (flags.write !== undefined) {
    await writeFile(resolve(flags.write), report);
  }
  return exitCodes.done;
}

function describeMachine(): string {
  const date = new Date().toISOString().slice(0, 10);
  const cpu = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return `Measured by \`npm run bench\` on ${date}, ${availableParallelism()} × ${cpu}, ${memory} GiB, ${process.platform}-${process.arch}, Node ${process.version}. Times depend on the machine; ratios are of one run.`;
}

function choose(only: string | undefined): readonly (typeof parts)[number][] {
  if (only === undefined) {
    return usualParts;
  }
  const chosen = parts.filter((part) => only.split(',').includes(part));
  if (chosen.length !== only.split(',').length) {
    throw wrongArgument(`Expected --only to name ${parts.join(', ')} but received ${only}.`);
  }
  return chosen;
}

/** @returns the numbers of a list like `10000,100000` */
function wholeNumbers(name: string, value: string | number): number[] {
  const numbers = String(value).split(',').map(Number);
  if (!numbers.every((number) => Number.isInteger(number) && number > 0)) {
    throw wrongArgument(`Expected --${name} to be whole numbers above 0 but received ${value}.`);
  }
  return numbers;
}
