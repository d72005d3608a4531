import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateSample, type SampleImage } from '../../tools/sample/generateSample.ts';
import { glibMessage, isInstalled, type Preload, preloadOf } from './support/preloads.ts';
import { type LibraryVectors, largestDifference, readVectors } from './support/vectors.ts';

const cli = fileURLToPath(new URL('../../tools/cli/main.ts', import.meta.url));

/** Drawn by the process that draws SVG, with text, which needs fonts. */
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240">
  <rect width="320" height="240" fill="#cde"/><circle cx="160" cy="120" r="70" fill="#fc9"/>
  <text x="20" y="40" font-size="24">Sign</text></svg>`;

let home: string;
let truth: readonly SampleImage[];
let plain: { readonly vectors: LibraryVectors; readonly results: unknown };

interface Outcome {
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line as a process, which starts the one that draws SVG with the same libraries. */
function run(preload: string, ...args: string[]): Promise<Outcome> {
  const env = { ...process.env, LD_PRELOAD: preload };
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', cli, ...args, '--provider', 'cpu'],
      { env, maxBuffer: 1e8 },
      (error, out, err) => resolve({ code: error?.code ?? error?.signal ?? 0, out, err }),
    ),
  );
}

/** Indexes the whole library and searches in it. */
async function indexAndSearch(preload: string, name: string) {
  const storage = join(home, name);
  const place = ['--folder', join(home, 'art'), '--storage', storage];
  const indexed = await run(preload, 'index', ...place);
  expect(indexed).toMatchObject({ code: 0, err: expect.not.stringMatching(glibMessage) });
  const image = truth.find(({ faces }) => faces.length === 1)?.file ?? '';
  const found = await run(preload, 'similar', join(home, 'art', image), ...place, '--json');
  expect(found).toMatchObject({ code: 0, err: expect.not.stringMatching(glibMessage) });
  const { results } = JSON.parse(found.out) as { results: { relativePath: string }[] };
  return {
    vectors: readVectors(storage),
    results: results.slice(0, 5).map(({ relativePath }) => relativePath),
  };
}

describe.runIf(process.platform === 'linux')('the sample library on a desktop', () => {
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'desktop-'));
    truth = await generateSample({ folder: join(home, 'art'), images: 40, characters: 5, seed: 3 });
    await writeFile(join(home, 'art', 'sign.svg'), drawing);
    plain = await indexAndSearch('', 'plain');
    expect(plain.vectors.size).toBe(truth.length + 1);
  }, 600_000);
  afterAll(() => rm(home, { recursive: true, force: true }));

  const names: readonly Preload[] = ['GLib, GObject and GIO', 'GTK', 'another heap and GTK'];
  for (const name of names) {
    it.runIf(isInstalled(name))(
      `is indexed and searched alike with ${name}`,
      async () => {
        const { vectors, results } = await indexAndSearch(preloadOf(name), name);
        expect(largestDifference(plain.vectors, vectors)).toBeLessThan(1e-3);
        expect(results).toEqual(plain.results);
      },
      600_000,
    );
  }
});
