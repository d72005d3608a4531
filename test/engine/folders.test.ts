import { cp, mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLibrary } from '../../src/cli/openLibrary.ts';
import { generateSample, type SampleImage } from '../../tools/sample/generateSample.ts';
import { indexAll, TestLibraries } from './support/library.ts';

let libraries: TestLibraries;
let truth: SampleImage[];

beforeAll(async () => {
  libraries = await TestLibraries.create();
  truth = await generateSample({
    folder: libraries.folder('art'),
    characters: 2,
    images: 6,
    seed: 8,
  });
});
afterAll(() => libraries.delete());

describe('folders of a library', () => {
  it('may hold the library itself, whose thumbnails are nobody’s art', async () => {
    await cp(libraries.folder('art'), libraries.folder('around'), { recursive: true });
    const flags = {
      folder: libraries.folder('around'),
      storage: libraries.folder('around', 'cache', 'library'),
      provider: 'cpu',
    };
    const quiet = { notify: () => undefined, autoStart: false, watch: false };
    for (let round = 0; round < 2; round++) {
      const engine = await openLibrary(flags, quiet);
      await indexAll(engine);
      const { files, thumbnailBytes } = await engine.diagnostics.stats();
      expect([round, files, thumbnailBytes > 0]).toEqual([round, truth.length, true]);
      await engine.close();
    }
  });

  it('may lie within each other: a file belongs to the innermost, and is read once', async () => {
    await mkdir(libraries.folder('outer', 'inner'), { recursive: true });
    const [first, second] = truth.map(({ file }) => libraries.folder('art', file));
    await cp(first as string, libraries.folder('outer', 'a.png'));
    await cp(second as string, libraries.folder('outer', 'inner', 'b.png'));
    await libraries.withEngine('outer', async (engine) => {
      await indexAll(engine);
      const [outer, inner] = [libraries.folder('outer'), libraries.folder('outer', 'inner')];
      await engine.indexing.setFolders([
        { id: outer, name: 'outer', path: outer },
        { id: inner, name: 'inner', path: inner },
      ]);
      const signal = new AbortController().signal;
      expect(await engine.indexing.countFiles(100, signal)).toMatchObject({ count: 2 });
      await indexAll(engine);
      // Nothing changed since: nothing is to be looked at again.
      await indexAll(engine);
      expect(engine.indexing.progress.total).toBe(0);
      expect((await engine.diagnostics.stats()).files).toBe(2);
    });
  });
});
