import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateSample } from '../../tools/sample/generateSample.ts';
import { indexAll, TestLibraries } from './support/library.ts';

let libraries: TestLibraries;
beforeAll(async () => {
  libraries = await TestLibraries.create();
  await generateSample({ folder: libraries.folder('art'), characters: 2, images: 6, seed: 3 });
});
afterAll(() => libraries.delete());

async function index(): Promise<{ files: number; failures: string[] }> {
  return libraries.withEngine('art', async (engine) => {
    await indexAll(engine);
    const { files } = await engine.diagnostics.stats();
    return { files, failures: engine.library.failures().map(({ code }) => code) };
  });
}

describe('a folder that is away', () => {
  it('keeps its pictures and is named, and needs no inference when it is back', async () => {
    const whole = await index();
    const ids = libraries.imageIds('art');
    await rename(libraries.folder('art'), libraries.folder('unplugged'));
    // The mount point of a drive that is not connected is an empty folder.
    await mkdir(libraries.folder('art'));
    expect(await index()).toEqual({ files: whole.files, failures: ['folder-away'] });
    expect(await index()).toEqual({ files: whole.files, failures: ['folder-away'] });
    await rm(libraries.folder('art'), { recursive: true });
    await rename(libraries.folder('unplugged'), libraries.folder('art'));
    expect(await index()).toEqual(whole);
    expect(libraries.imageIds('art')).toEqual(ids);
  });

  it('is told from one that somebody emptied', async () => {
    await libraries.withEngine('art', indexAll);
    for (const name of await readdir(libraries.folder('art'))) {
      await rm(libraries.folder('art', name), { recursive: true });
    }
    expect(await index()).toEqual({ files: 0, failures: [] });
  });
});

describe('a file that keeps its size and time', () => {
  it('is read again when its content changed', async () => {
    const folder = libraries.folder('stamped');
    await mkdir(folder);
    const path = join(folder, 'hero.svg');
    const circle = (colour: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><circle r="20" fill="${colour}"/></svg>`;
    await writeFile(path, circle('#ff0000'));
    await utimes(path, 1_000, 1_000);
    const { size } = await stat(path);
    await libraries.withEngine('stamped', indexAll);
    const [before] = libraries.imageIds('stamped');
    await writeFile(path, circle('#0000ff'));
    await utimes(path, 1_000, 1_000);
    expect((await stat(path)).size).toBe(size);
    await libraries.withEngine('stamped', indexAll);
    expect(libraries.imageIds('stamped').at(-1)).not.toBe(before);
  });
});
