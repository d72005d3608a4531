import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { search } from '../../src/cli/commands.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { SampleImage } from '../../tools/sample/generateSample.ts';
import { generateSample } from '../../tools/sample/generateSample.ts';
import { indexAll, TestLibraries, until } from './support/library.ts';

const cli = fileURLToPath(new URL('../../tools/cli/main.ts', import.meta.url));

let libraries: TestLibraries;
let truth: SampleImage[];
const folderOf = (name: string) => libraries.folder(name);
const imageIds = (name: string) => libraries.imageIds(name);
const withEngine = <T>(name: string, work: (engine: Engine) => Promise<T>) =>
  libraries.withEngine(name, work);

beforeAll(async () => {
  libraries = await TestLibraries.create();
  truth = await generateSample({ folder: folderOf('art'), characters: 5, images: 40, seed: 3 });
  await withEngine('art', indexAll);
});
afterAll(() => libraries.delete());

const portraits = () =>
  truth.filter(({ faces, file }) => faces.length === 1 && !/\.avif$/.test(file));

describe('engine', () => {
  it('finds pictures of the same character first', async () => {
    await withEngine('art', async (engine) => {
      let right = 0;
      const asked = portraits().slice(0, 10);
      for (const { file, faces } of asked) {
        const { results } = await search(engine, join(folderOf('art'), file), { weight: 1 });
        const first = truth.find((image) => image.file === results[0]?.relativePath);
        const names = first?.faces.map(({ character }) => character) ?? [];
        right += names.includes(faces[0]?.character as string) ? 1 : 0;
      }
      // The drawn characters are simple; the real measure is `npm run eval`.
      expect(right).toBeGreaterThanOrEqual(Math.ceil(asked.length * 0.7));
    });
  });

  it('orders by the weighted sum at every weight, and leaves the query out', async () => {
    await withEngine('art', async (engine) => {
      const file = portraits()[0]?.file as string;
      for (const weight of [0, 0.3, 0.5, 1]) {
        const answer = await search(engine, join(folderOf('art'), file), { weight, limit: 40 });
        const scores = answer.results.map(({ score }) => score);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
        for (const { score, identityCosine, lookCosine } of answer.results) {
          expect(score).toBeCloseTo(weight * (identityCosine ?? 0) + (1 - weight) * lookCosine, 5);
        }
        expect(answer.results.map(({ relativePath }) => relativePath)).not.toContain(file);
        expect(answer.copiesOfQuery.map(({ relativePath }) => relativePath)).toContain(file);
      }
    });
  });

  it('processes everything again, once, also where a setting changes and where it ends meanwhile', async () => {
    const pictures = portraits().slice(0, 12);
    for (const { file } of pictures) {
      await cp(join(folderOf('art'), file), join(folderOf('again'), basename(file)));
    }
    let before: string[] = [];
    const renewed = () => imageIds('again').filter((image) => !before.includes(image));
    await withEngine('again', async (engine) => {
      await indexAll(engine);
      before = imageIds('again');
      expect(before).toHaveLength(pictures.length);
      engine.indexing.start({ force: true });
      await until(() => renewed().length > 0);
      const { settings } = engine.indexing;
      const speed = settings.speed === 'fast' ? 'balanced' : 'fast';
      await engine.indexing.setSettings({ ...settings, speed });
      const early = renewed();
      await until(() => renewed().length > early.length);
      expect(renewed()).toEqual(expect.arrayContaining(early));
    });
    const early = renewed();
    await withEngine('again', async (engine) => {
      await indexAll(engine);
      expect(renewed()).toHaveLength(pictures.length);
      expect(renewed()).toEqual(expect.arrayContaining(early));
      const all = renewed();
      await indexAll(engine);
      expect(renewed()).toEqual(all);
    });
  });

  it('forgets a reindexing that is cancelled', async () => {
    await withEngine('again', async (engine) => {
      await indexAll(engine);
      const before = imageIds('again');
      const isRenewed = (image: string) => !before.includes(image);
      engine.indexing.start({ force: true });
      await until(() => imageIds('again').some(isRenewed));
      await engine.indexing.cancel();
      const early = imageIds('again');
      expect(early.every(isRenewed)).toBe(false);
      await indexAll(engine);
      expect(imageIds('again')).toEqual(early);
    });
  });

  it('searches by the whole image where there is no face', async () => {
    await withEngine('art', async (engine) => {
      const background = truth.find(({ faces }) => faces.length === 0)?.file as string;
      const path = join(folderOf('art'), background);
      const signal = new AbortController().signal;
      const { queryId } = await engine.queries.open({ kind: 'path', path }, signal);
      const params = { queries: [{ queryId, faceIds: [] }], weight: 1, offset: 0, limit: 5 };
      const { results } = await engine.search.find(params, signal);
      expect(results).toHaveLength(5);
      expect(results[0]?.face).toBeNull();
      expect(results[0]?.score).toBeCloseTo(results[0]?.lookCosine as number, 6);
    });
  });

  it('knows moved files and copies again without processing them', async () => {
    await cp(folderOf('art'), folderOf('moved'), { recursive: true });
    await withEngine('moved', indexAll);
    const before = imageIds('moved');
    const [first, second] = portraits();
    await rename(
      join(folderOf('moved'), first?.file as string),
      join(folderOf('moved'), 'new.png'),
    );
    await cp(join(folderOf('moved'), second?.file as string), join(folderOf('moved'), 'copy.png'));
    await withEngine('moved', async (engine) => {
      await indexAll(engine);
      const answer = await search(engine, join(folderOf('moved'), 'copy.png'), {});
      const own = answer.copiesOfQuery.map(({ relativePath }) => relativePath);
      expect(own.sort()).toEqual(['copy.png', second?.file].sort());
      expect((await engine.diagnostics.stats()).files).toBe(truth.length + 1);
    });
    expect(imageIds('moved')).toEqual(before);
  });

  it('says where the file of an open query went', async () => {
    await cp(folderOf('art'), folderOf('renamed'), { recursive: true });
    const [query] = portraits();
    const path = join(folderOf('renamed'), query?.file as string);
    await withEngine('renamed', async (engine) => {
      await indexAll(engine);
      const signal = new AbortController().signal;
      const { queryId } = await engine.queries.open({ kind: 'path', path }, signal);
      const moved = async () => {
        const queries = [{ queryId, faceIds: [] }];
        const wanted = { queries, weight: 0, offset: 0, limit: 1 };
        return (await engine.search.find(wanted, signal)).moved;
      };
      expect(await moved()).toEqual([]);
      const after = join(folderOf('renamed'), 'elsewhere', 'after.png');
      await mkdir(dirname(after));
      await rename(path, after);
      expect(await moved()).toEqual([]);
      await indexAll(engine);
      expect(await moved()).toEqual([{ queryId, name: 'after.png', path: after }]);
    });
  });

  it('shows additions and deletions in the next query', async () => {
    await cp(folderOf('art'), folderOf('live'), { recursive: true });
    const [query, other] = portraits();
    const hidden = folderOf('away.png');
    await rename(join(folderOf('live'), other?.file as string), hidden);
    await withEngine('live', async (engine) => {
      const paths = async () => {
        const path = join(folderOf('live'), query?.file as string);
        const { results } = await search(engine, path, { limit: 100 });
        return results.map(({ relativePath }) => relativePath);
      };
      await indexAll(engine);
      expect(await paths()).not.toContain('back.png');
      await rename(hidden, join(folderOf('live'), 'back.png'));
      await indexAll(engine);
      expect(await paths()).toContain('back.png');
      await rm(join(folderOf('live'), 'back.png'));
      await indexAll(engine);
      expect(await paths()).not.toContain('back.png');
    });
  });

  it('records one failure for each bad file and goes on', async () => {
    await cp(folderOf('art'), folderOf('bad'), { recursive: true });
    const at = (name: string) => join(folderOf('bad'), name);
    const png = join(
      folderOf('bad'),
      portraits().find(({ file }) => /png$/.test(file))?.file ?? '',
    );
    await writeFile(at('zero.png'), '');
    await writeFile(at('text.jpg'), 'no image at all');
    await cp(png, at('cut.png'));
    await truncate(at('cut.png'), 3_000);
    await cp(png, at('it\'s "odd"\n🎴.png'));
    const notUtf8 = Buffer.from([0xff, ...Buffer.from('.png')]);
    await writeFile(Buffer.concat([Buffer.from(`${folderOf('bad')}/`), notUtf8]), 'x');
    await symlink(folderOf('bad'), at('loop'));
    await symlink('/etc', at('outside'));
    await withEngine('bad', async (engine) => {
      await indexAll(engine);
      const codes = engine.library
        .failures()
        .map(({ relativePath, code }) => [basename(relativePath), code]);
      expect(Object.fromEntries(codes)).toMatchObject({
        'zero.png': 'file-empty',
        'text.jpg': 'image-format',
        'cut.png': 'image-damaged',
      });
      expect(codes.map(([, code]) => code)).toContain('file-name');
      expect(codes).toHaveLength(4);
      for (const { message, remedy } of engine.library.failures()) {
        expect(message.length * remedy.length).toBeGreaterThan(0);
      }
      expect((await engine.diagnostics.stats()).files).toBe(truth.length + 1);
    });
  });

  it('exports every face in all formats', async () => {
    await withEngine('art', async (engine) => {
      const signal = new AbortController().signal;
      const { faces } = await engine.diagnostics.stats();
      for (const format of ['csv', 'json', 'coco'] as const) {
        const path = folderOf(`map.${format}`);
        expect((await engine.library.export({ format, path }, signal)).faces).toBe(faces);
        const text = await readFile(path, 'utf8');
        const count = {
          csv: () => text.trim().split('\r\n').length - 1,
          json: () => JSON.parse(text).flatMap((image: { faces: [] }) => image.faces).length,
          coco: () => JSON.parse(text).annotations.length,
        }[format]();
        expect(count).toBe(faces);
      }
    });
  });

  it('loses no finished image and repeats none when it is killed', async () => {
    await cp(folderOf('art'), folderOf('killed'), { recursive: true });
    const library = ['--folder', folderOf('killed'), '--storage', folderOf('killed-library')];
    let before: string[] = [];
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [cli, 'index', ...library, '--provider', 'cpu'], {
        stdio: 'ignore',
      });
      await killAfterProgress(child, before.length);
      const after = imageIds('killed');
      expect(after.slice(0, before.length)).toEqual(before);
      before = after;
    }
    await withEngine('killed', async (engine) => {
      await indexAll(engine);
      expect((await engine.diagnostics.stats()).files).toBe(truth.length);
      expect(engine.library.failures()).toEqual([]);
    });
    const contents = imageIds('killed').map((row) => row.split(' ')[1]);
    expect(new Set(contents).size).toBe(contents.length);
    expect(imageIds('killed').slice(0, before.length)).toEqual(before);
  });
});

/** Kills the process, without a chance to clean up, once it has stored something new. */
async function killAfterProgress(child: ChildProcess, known: number): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let isRunning = true;
  void exited.then(() => {
    isRunning = false;
  });
  while (isRunning && imageIds('killed').length <= known) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  await exited;
}
