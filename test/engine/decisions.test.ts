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
  expect(pictures.length).toBeGreaterThanOrEqual(4);
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

  it('leave what the detector took for a face away, through saves and a reindexing, until undone', async () => {
    const decided = await decide('removed');
    await libraries.withEngine('removed', async (engine) => {
      const { sources } = await search(engine, decided.hero);
      const { queryId, faces } = await openFile(engine, decided.hero);
      const detected = faces.find(({ source }) => source === 'detected')?.id as number;
      const { image, decisionId } = await engine.queries.removeFace(queryId, detected, signal);
      const left = sources.filter((source) => source !== 'detected');
      const facesNow = async () =>
        (await openFile(engine, decided.hero)).faces.map(({ source }) => source);
      expect(image.faces.map(({ source }) => source)).toEqual(left);
      // Not the rejected one, in whose results the detected face never counts.
      const another = ['two.png', 'three.png'].find((file) => file !== decided.rejected) as string;
      const shownFaces = async () => {
        const { results } = await search(engine, libraries.folder('removed', another));
        return results.find(({ path }) => path === decided.hero)?.face?.source ?? null;
      };
      expect(await shownFaces()).toBe('manual');
      await writeFile(
        decided.hero,
        (await saves['new metadata']?.(await readFile(decided.hero))) as Buffer,
      );
      await indexAll(engine);
      expect(await facesNow()).toEqual(left);
      await writeFile(
        decided.hero,
        (await saves['other pixels']?.(await readFile(decided.hero))) as Buffer,
      );
      await indexAll(engine);
      engine.indexing.start({ force: true });
      await engine.settled();
      expect(await facesNow()).toEqual(left);
      engine.decisions.undo([decisionId as string]);
      expect(await facesNow()).toEqual(sources);
      expect(await shownFaces()).toBe('detected');
      engine.decisions.redo([decisionId as string]);
      expect(await facesNow()).toEqual(left);
    });
  });

  it('are listed with their pictures, and each is undone and made again', async () => {
    const decided = await decide('listed');
    await libraries.withEngine('listed', async (engine) => {
      const before = engine.decisions.list();
      expect(before.map(({ kind }) => kind)).toEqual(['not-same', 'draw-face']);
      expect(before[1]?.faces.map(({ place }) => place?.path)).toEqual([decided.hero]);
      expect(before[0]?.faces.map(({ place }) => place?.relativePath)).toEqual([
        'hero.png',
        decided.rejected,
      ]);
      expect(before.flatMap(({ faces }) => faces).every(({ thumbnail }) => thumbnail)).toBe(true);
      const ids = before.map(({ id }) => id);
      engine.decisions.undo(ids);
      expect(engine.decisions.list()).toEqual([]);
      const { sources, results } = await search(engine, decided.hero);
      expect(sources).not.toContain('manual');
      const again = results.find(({ relativePath }) => relativePath === decided.rejected);
      expect(again?.identityCosine).toBeCloseTo(decided.score, 5);
      // The vector of the drawn face goes with the reindexing, and is made again.
      engine.indexing.start({ force: true });
      await engine.settled();
      engine.decisions.redo(ids);
      await engine.settled();
      expect(engine.decisions.list()).toEqual(before);
      await expectKept(engine, decided.hero, decided);
    });
  });

  it('do not fall upon another picture in the same place, and come back with their own', async () => {
    const decided = await decide('replaced');
    await libraries.withEngine('replaced', async (engine) => {
      const own = await readFile(decided.hero);
      await cp(libraries.folder('art', pictures[3] as string), decided.hero);
      await indexAll(engine);
      const { sources } = await search(engine, decided.hero);
      expect(sources).toEqual(['detected']);
      const kept = join(libraries.folder('replaced'), 'kept.png');
      await writeFile(kept, own);
      await indexAll(engine);
      await expectKept(engine, kept, decided);
    });
  });

  it('are carried by a file to another library, and to the folder in another place', async () => {
    const decided = await decide('carried');
    const file = libraries.folder('carried.jsonl');
    await libraries.withEngine('carried', async (engine) => {
      const { queryId, faces } = await openFile(engine, decided.hero);
      const detected = faces.find(({ source }) => source === 'detected')?.id as number;
      expect(await engine.decisions.export(file)).toBe(2);
      await engine.queries.removeFace(queryId, detected, signal);
      expect(await engine.decisions.export(file)).toBe(3);
    });
    const text = await readFile(file, 'utf8');
    expect(text.trimEnd().split('\n')).toHaveLength(4);
    expect(text).not.toContain(libraries.base);

    await cp(libraries.folder('carried'), libraries.folder('elsewhere'), { recursive: true });
    const hero = libraries.folder('elsewhere', 'hero.png');
    await libraries.withEngine('elsewhere', async (engine) => {
      // Before the pictures are known, and once more after that.
      expect(await engine.decisions.import(file)).toEqual({ made: 3, known: 0, waiting: 3 });
      await indexAll(engine);
      const facesNow = async () => (await openFile(engine, hero)).faces.map(({ source }) => source);
      expect(await facesNow()).toEqual(['manual']);
      expect(await engine.decisions.import(file)).toEqual({ made: 0, known: 3, waiting: 0 });
      await engine.decisions.export(`${file}.again`);
      const again = await readFile(`${file}.again`, 'utf8');
      expect(again).toBe(text.replaceAll('"carried"', '"elsewhere"'));
      const removal = engine.decisions.list().find(({ kind }) => kind === 'remove-face');
      engine.decisions.undo([removal?.id as string]);
      await expectKept(engine, hero, decided);
      expect(await engine.decisions.import(file)).toEqual({ made: 1, known: 2, waiting: 0 });
      expect(await facesNow()).toEqual(['manual']);
    });

    await cp(libraries.folder('carried'), libraries.folder('indexed'), { recursive: true });
    await libraries.withEngine('indexed', async (engine) => {
      await indexAll(engine);
      expect(await engine.decisions.import(file)).toEqual({ made: 3, known: 0, waiting: 0 });
      await engine.settled();
      const { faces } = await openFile(engine, libraries.folder('indexed', 'hero.png'));
      expect(faces.map(({ source }) => source)).toEqual(['manual']);
    });
  });
});
