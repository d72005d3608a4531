import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { search } from '../../src/cli/commands.ts';
import { generateSample } from '../../tools/sample/generateSample.ts';
import { indexAll, TestLibraries, until } from './support/library.ts';

let libraries: TestLibraries;
let image: string;

beforeAll(async () => {
  libraries = await TestLibraries.create();
  const folder = libraries.folder('art');
  const [first] = await generateSample({ folder, characters: 2, images: 6, seed: 8 });
  image = join(folder, first?.file as string);
});
afterAll(() => libraries.delete());

describe('thumbnails', () => {
  it('come back when results want to show them', async () => {
    await libraries.withEngine('art', indexAll);
    await rm(join(libraries.storage('art'), 'thumbnails'), { recursive: true });
    await libraries.withEngine('art', async (engine) => {
      const shown = async () => (await search(engine, image, {})).results;
      const before = await shown();
      expect(before.map(({ thumbnail }) => thumbnail)).toEqual(before.map(() => null));
      await until(async () => (await shown()).every(({ thumbnail }) => thumbnail !== null));
      for (const { thumbnail } of await shown()) {
        expect(existsSync(thumbnail as string)).toBe(true);
      }
    });
  });
});
