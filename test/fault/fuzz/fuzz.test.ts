import { expect, it } from 'vitest';
import { fuzzDecode } from './fuzzDecode.ts';
import { fuzzPipeline } from './fuzzPipeline.ts';

const seed = 20_261_124;

/** A short selection; `npm run test:fault -- --fuzz 20000` runs many. */
it('decodes mutated files of every format, or says why not', async () => {
  const { outcomes, deaths, hangs, wrong } = await fuzzDecode({ seed, files: 1_000, workers: 1 });
  expect({ deaths, hangs, wrong }).toEqual({ deaths: [], hangs: [], wrong: [] });
  expect(outcomes.size).toBeGreaterThan(30);
});

it('indexes a folder of mutated files: each is indexed, or recorded with its reason', async () => {
  const { files, wrong, deaths } = await fuzzPipeline({ seed, files: 200 });
  expect({ wrong, deaths }).toEqual({ wrong: [], deaths: 0 });
  expect(files).toBeGreaterThan(10);
});
