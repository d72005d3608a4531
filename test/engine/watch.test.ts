import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLibrary } from '../../src/cli/openLibrary.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { openBytes } from '../../src/engine/imaging/sharp.ts';
import { generateSample, type SampleImage } from '../../tools/sample/generateSample.ts';
import { foundPaths, indexAll, TestLibraries, until } from './support/library.ts';

let libraries: TestLibraries;
let truth: SampleImage[];

beforeAll(async () => {
  libraries = await TestLibraries.create();
  truth = await generateSample({
    folder: libraries.folder('art'),
    characters: 3,
    images: 20,
    seed: 8,
  });
  await libraries.withEngine('art', indexAll);
});
afterAll(() => libraries.delete());

/** A copy of the indexed library, so that a test begins with nothing left to index. */
async function prepare(name: string): Promise<void> {
  await cp(libraries.folder('art'), libraries.folder(name), { recursive: true });
  await libraries.withEngine(name, indexAll);
}

const portraits = () =>
  truth.filter(({ faces, file }) => faces.length === 1 && file.endsWith('.png'));
const portrait = (n = 0) => portraits()[n]?.file as string;

/** A picture that differs in content from its original, yet not for the eye. */
async function variant(path: string, n: number): Promise<Buffer> {
  return openBytes(await readFile(path))
    .withExif({ IFD0: { ImageDescription: String(n) } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

const names = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `${from + n}.png`);

/** Writes files as a checkout does: many in one go, some of them of equal content. */
async function checkOut(
  folder: string,
  { from, to, contents }: { from: number; to: number; contents: readonly Buffer[] },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all(
    names(from, to).map((name, n) =>
      writeFile(join(folder, name), contents[n % contents.length] as Buffer),
    ),
  );
}

const watching = { watch: true } as const;

describe('watching', () => {
  it('shows files that are added, changed, renamed and deleted, without being asked', async () => {
    await prepare('live');
    const at = (name: string) => libraries.folder('live', name);
    await libraries.withEngine(
      'live',
      async (engine) => {
        await engine.settled();
        const paths = () => foundPaths(engine, at(portrait()));
        await writeFile(at('added.png'), await variant(at(portrait(1)), 1));
        await until(async () => (await paths()).includes('added.png'));
        await rename(at('added.png'), at('renamed.png'));
        await until(async () => {
          const now = await paths();
          return now.includes('renamed.png') && !now.includes('added.png');
        });
        await writeFile(at('renamed.png'), 'no picture any more');
        await until(() => engine.library.failures().some(({ code }) => code === 'image-format'));
        expect(await paths()).not.toContain('renamed.png');
        await rm(at('renamed.png'));
        await until(() => engine.library.failures().length === 0);
      },
      watching,
    );
  });

  it('takes moved folders and copies over without processing them again', async () => {
    await prepare('moved');
    const at = (...name: string[]) => libraries.folder('moved', ...name);
    const folder = portrait().split('/')[0] as string;
    await libraries.withEngine(
      'moved',
      async (engine) => {
        await engine.settled();
        const before = libraries.imageIds('moved');
        await rename(at(folder), at('elsewhere'));
        await until(async () =>
          (await foundPaths(engine, at(portrait(1)).replace(`/${folder}/`, '/elsewhere/'))).every(
            (path) => !path.startsWith(`${folder}/`),
          ),
        );
        await until(async () => (await engine.diagnostics.stats()).files === truth.length);
        expect(libraries.imageIds('moved')).toEqual(before);
      },
      watching,
    );
  });

  it('takes a branch switch of more than a thousand files as a few batches', async () => {
    await prepare('branches');
    const at = (...name: string[]) => libraries.folder('branches', ...name);
    const told = { changed: 0, progress: 0 };
    const engine = await openLibrary(
      { folder: at(), storage: libraries.storage('branches'), provider: 'cpu' },
      {
        onChanged: () => told.changed++,
        onProgress: () => told.progress++,
        autoStart: true,
        watch: true,
      },
    );
    try {
      await engine.settled();
      const contents = await Promise.all(
        portraits().map(({ file }) => readFile(libraries.folder('art', file))),
      );
      const small = await Promise.all([1, 2, 3].map((n) => variant(at(portrait(1)), n)));
      await checkOut(at('branch'), { from: 0, to: 1_200, contents });
      await until(async () => (await engine.diagnostics.stats()).files === truth.length + 1_200);
      await engine.settled();
      Object.assign(told, { changed: 0, progress: 0 });
      // As git does it: 400 files go, 400 come, and of those that stay 400 have other content.
      await Promise.all(names(0, 400).map((name) => rm(at('branch', name))));
      await checkOut(at('branch'), { from: 400, to: 800, contents: small });
      await checkOut(at('branch'), { from: 1_200, to: 1_600, contents });
      await until(async () => {
        const { files, images } = await engine.diagnostics.stats();
        return files === truth.length + 1_200 && images === truth.length + small.length;
      });
      await engine.settled();
      // Each told change costs the open views a search: they must not come one per file.
      expect(told.changed).toBeLessThan(20);
      expect(told.progress).toBeLessThan(60);
      expect(engine.library.failures()).toEqual([]);
    } finally {
      await engine.close();
    }
  });

  it('follows no new link out of the folder', async () => {
    await prepare('linked');
    const at = (name: string) => libraries.folder('linked', name);
    await writeFile(libraries.folder('secret.png'), await variant(at(portrait(1)), 2));
    await libraries.withEngine(
      'linked',
      async (engine) => {
        await engine.settled();
        await symlink(libraries.folder('secret.png'), at('link.png'));
        await symlink(libraries.base, at('linkedFolder'));
        await writeFile(at('after.png'), await variant(at(portrait(1)), 3));
        const paths = () => foundPaths(engine, at(portrait()));
        await until(async () => (await paths()).includes('after.png'));
        await engine.settled();
        expect((await engine.diagnostics.stats()).files).toBe(truth.length + 1);
        expect(await paths()).not.toContain('link.png');
      },
      watching,
    );
  });
});

/** The models that come along, under another revision: nothing is equal to what was stored. */
async function otherRevision(name: string): Promise<string> {
  const folder = libraries.folder(name);
  const models = new URL('../../models/', import.meta.url);
  await mkdir(folder);
  const manifest = JSON.parse(await readFile(new URL('manifest.json', models), 'utf8'));
  for (const part of ['detector', 'identity', 'look']) {
    await cp(new URL(manifest[part].file, models), libraries.folder(name, manifest[part].file));
  }
  manifest.revision = name;
  manifest.identity.revision = name;
  await writeFile(libraries.folder(name, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

describe('another model revision', () => {
  it('answers from the old vectors until the new ones are complete, and never mixes them', async () => {
    await prepare('revised');
    const models = await otherRevision('other-models');
    const old = libraries.imageIds('revised');
    const query = libraries.folder('revised', portrait());
    await libraries.withEngine(
      'revised',
      async (engine) => {
        const complete = (await foundPaths(engine, query)).sort();
        expect(complete).toHaveLength(truth.length - 1);
        engine.indexing.start({ force: false });
        const seen = await whileIndexing(engine, () => foundPaths(engine, query));
        for (const paths of seen) {
          expect(paths.sort()).toEqual(complete);
        }
        expect(engine.indexing.progress.failure).toBeNull();
        expect((await foundPaths(engine, query)).sort()).toEqual(complete);
      },
      { models },
    );
    const now = libraries.imageIds('revised');
    expect(now).toHaveLength(old.length);
    expect(now.filter((row) => old.includes(row))).toEqual([]);
  });
});

/** Asks again and again while the engine indexes. */
async function whileIndexing<T>(engine: Engine, ask: () => Promise<T>): Promise<T[]> {
  let settled = false;
  const done = engine.settled().then(() => {
    settled = true;
  });
  const answers: T[] = [];
  while (!settled) {
    answers.push(await ask());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await done;
  return answers;
}
