import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import type { SimilarResult } from '../../src/engine/search/similarResults.ts';
import { generateSample } from '../../tools/sample/generateSample.ts';
import { indexAll, TestLibraries } from './support/library.ts';

const { signal } = new AbortController();
const box = { x: 8, y: 8, width: 90, height: 90 };

let libraries: TestLibraries;
let pictures: string[];

beforeAll(async () => {
  libraries = await TestLibraries.create();
  const images = await generateSample({
    folder: libraries.folder('art'),
    characters: 3,
    images: 24,
    seed: 3,
  });
  pictures = images
    .filter(({ file, faces }) => faces.length === 1 && file.endsWith('.png'))
    .map(({ file }) => file);
  expect(pictures.length).toBeGreaterThanOrEqual(3);
});
afterAll(() => libraries.delete());

const openFile = (engine: Engine, path: string) =>
  engine.queries.open({ kind: 'path', path }, signal);

/** The results for the first detected face of the file. */
async function search(
  engine: Engine,
  path: string,
): Promise<{ sources: string[]; results: readonly SimilarResult[]; reject: () => void }> {
  const query = await openFile(engine, path);
  const face = query.faces.find(({ source }) => source === 'detected');
  const queries = [{ queryId: query.queryId, faceIds: [face?.id as number] }];
  const params = { queries, weight: 1, offset: 0, limit: 9 };
  const { results } = await engine.search.find(params, signal);
  return {
    sources: query.faces.map(({ source }) => source),
    results,
    reject: () =>
      engine.search.reject({
        queryId: query.queryId,
        queryFaceId: face?.id as number,
        faceId: results[0]?.face?.id as number,
      }),
  };
}

/** A library in which a face was drawn on `hero.png`, and its best result rejected. */
async function decide(name: string): Promise<{ hero: string; rejected: string; score: number }> {
  for (const [i, file] of ['hero.png', 'two.png', 'three.png'].entries()) {
    await cp(libraries.folder('art', pictures[i] as string), libraries.folder(name, file));
  }
  const hero = libraries.folder(name, 'hero.png');
  return libraries.withEngine(name, async (engine) => {
    await indexAll(engine);
    const { queryId } = await openFile(engine, hero);
    await engine.queries.addFace(queryId, box, signal);
    const { results, reject } = await search(engine, hero);
    reject();
    const [first] = results;
    return { hero, rejected: String(first?.relativePath), score: Number(first?.identityCosine) };
  });
}

/** Whether both decisions are still there. */
async function expectKept(
  engine: Engine,
  hero: string,
  { rejected, score }: { rejected: string; score: number },
): Promise<void> {
  const { sources, results } = await search(engine, hero);
  expect(sources.filter((source) => source === 'manual')).toHaveLength(1);
  const again = results.find(({ relativePath }) => relativePath === rejected);
  expect(again?.identityCosine ?? -1).toBeLessThan(score - 0.001);
}

const saves: Record<string, (bytes: Buffer) => Promise<Buffer>> = {
  'new metadata': (bytes) =>
    sharp(bytes)
      .withExif({ IFD0: { Artist: 'A' } })
      .png()
      .toBuffer(),
  'other pixels': async (bytes) => {
    const dot = { create: { width: 2, height: 2, channels: 4, background: 'red' } } as const;
    const input = await sharp(dot).png().toBuffer();
    return sharp(bytes)
      .composite([{ input, left: 0, top: 0 }])
      .png()
      .toBuffer();
  },
};

describe('decisions of people', () => {
  for (const [what, save] of Object.entries(saves)) {
    it(`survive a save with ${what}, a deletion before it, and a rename after it`, async () => {
      const name = what.replace(' ', '-');
      const decided = await decide(name);
      const bytes = await save(await readFile(decided.hero));
      await rm(decided.hero);
      await libraries.withEngine(name, async (engine) => {
        await indexAll(engine);
        await writeFile(decided.hero, bytes);
        await indexAll(engine);
        await expectKept(engine, decided.hero, decided);
        const renamed = join(libraries.folder(name), 'renamed.png');
        await rename(decided.hero, renamed);
        await indexAll(engine);
        await expectKept(engine, renamed, decided);
      });
    });
  }

  it('survive a reindexing, and an open query goes on after it', async () => {
    const decided = await decide('reindex');
    await libraries.withEngine('reindex', async (engine) => {
      const { queryId, faces } = await openFile(engine, decided.hero);
      engine.indexing.start({ force: true });
      await engine.settled();
      await expectKept(engine, decided.hero, decided);
      const drawn = faces.find(({ source }) => source === 'manual')?.id as number;
      await engine.queries.removeFace(queryId, drawn, signal);
      expect((await search(engine, decided.hero)).sources).not.toContain('manual');
      await engine.queries.addFace(queryId, box, signal);
      await expectKept(engine, decided.hero, decided);
    });
  });
});
