import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { ShownFace } from '../../../src/engine/characters/characterTypes.ts';
import { collectPictures } from '../../../src/engine/characters/collectPictures.ts';

it('keeps every picture, whatever their paths make of their names', async () => {
  const home = await mkdtemp(join(tmpdir(), 'collect-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const paths = ['a/b.png', 'a_b.png', 'A_B.jpg', 'c.png'];
  const faces: ShownFace[] = [];
  for (const relativePath of paths) {
    const path = join(home, 'art', relativePath);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, relativePath);
    faces.push({ path, relativePath } as ShownFace);
  }
  const folder = join(home, 'collected');
  const options = { folder, crops: false, captions: true, name: 'Alice', faces };
  const collect = () =>
    collectPictures({
      ...options,
      decode: () => Promise.reject(new Error('Nothing is cut out.')),
      signal: new AbortController().signal,
    });
  expect(await collect()).toEqual({ written: 4, kept: 0, failed: [] });
  const names = await readdir(folder);
  const pictures = names.filter((name) => !name.endsWith('.txt'));
  expect(names).toHaveLength(8);
  expect(pictures).toContain('c.png');
  const contents = await Promise.all(pictures.map((name) => readFile(join(folder, name), 'utf8')));
  expect(contents.toSorted()).toEqual(paths.toSorted());
  expect(await collect()).toEqual({ written: 0, kept: 4, failed: [] });
});
