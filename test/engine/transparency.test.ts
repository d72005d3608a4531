import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { search } from '../../src/cli/commands.ts';
import { openBytes } from '../../src/engine/imaging/sharp.ts';
import { indexAll, TestLibraries, until } from './support/library.ts';

let libraries: TestLibraries;
beforeAll(async () => {
  libraries = await TestLibraries.create();
  await mkdir(libraries.folder('art'));
  for (const [name, colour] of Object.entries({ query: '#c04030', sprite: '#b04838' })) {
    await writeFile(libraries.folder('art', `${name}.png`), await drawSprite(colour));
  }
});
afterAll(() => libraries.delete());

/** A coloured disc on nothing. */
function drawSprite(colour: string): Promise<Buffer> {
  const disc = `<circle cx="200" cy="200" r="150" fill="${colour}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400">${disc}</svg>`;
  return openBytes(Buffer.from(svg)).png().toBuffer();
}

/** How opaque the upper left corner and the middle are, 0…255. */
async function opacity(path: string): Promise<number[]> {
  const picture = openBytes(await readFile(path)).ensureAlpha();
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  const middle = (info.height >> 1) * info.width + (info.width >> 1);
  return [data[3] ?? -1, data[middle * 4 + 3] ?? -1];
}

it('shows sprites as transparent as they are, as queries and as results', async () => {
  await libraries.withEngine('art', async (engine) => {
    await indexAll(engine);
    const found = await search(engine, libraries.folder('art', 'query.png'), {});
    expect(await opacity(found.query.preview)).toEqual([0, 255]);
    expect(await opacity(found.results[0]?.thumbnail ?? '')).toEqual([0, 255]);
  });
});

it('shows them so as well where somebody has deleted the small picture', async () => {
  await libraries.withEngine('art', async (engine) => {
    await indexAll(engine);
    const ask = () => search(engine, libraries.folder('art', 'query.png'), {});
    const thumbnail = (await ask()).results[0]?.thumbnail ?? '';
    await rm(thumbnail);
    // Results that want to show it have it made again.
    await ask();
    await until(() => existsSync(thumbnail));
    expect(await opacity(thumbnail)).toEqual([0, 255]);
  });
});
