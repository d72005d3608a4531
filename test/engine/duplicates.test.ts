import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBytes, type Sharp } from '../../src/engine/imaging/sharp.ts';
import { LibraryStore } from '../../src/engine/library/libraryStore.ts';
import { generateSample } from '../../tools/sample/generateSample.ts';
import { indexAll, TestLibraries } from './support/library.ts';

const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

let libraries: TestLibraries;
/** A picture that has no other copies than those that are made here. */
let name: string;

async function writeEdit(file: string, edit: (picture: Sharp) => Sharp): Promise<void> {
  const bytes = await readFile(libraries.folder('art', name));
  await edit(openBytes(bytes)).toFile(libraries.folder('art', file));
}

beforeAll(async () => {
  libraries = await TestLibraries.create();
  const folder = libraries.folder('art');
  const drawn = await generateSample({ folder, characters: 3, images: 8, seed: 5 });
  name = drawn[0]?.file ?? '';
  const { width = 0, height = 0 } = await openBytes(await readFile(`${folder}/${name}`)).metadata();
  await mkdir(dirname(libraries.folder('art', 'backup', name)), { recursive: true });
  await cp(libraries.folder('art', name), libraries.folder('art', 'backup', name));
  await writeEdit('small.webp', (picture) => picture.resize(Math.round(width / 2)).webp());
  const crop = { width: Math.round(width * 0.75), height: Math.round(height * 0.8) };
  await writeEdit('crop.webp', (picture) => picture.extract({ left: 9, top: 11, ...crop }).webp());
  await writeEdit('mirror.webp', (picture) => picture.flop().webp());
  await writeEdit('hue.webp', (picture) => picture.modulate({ hue: 120 }).webp());
  await libraries.withEngine('art', indexAll);
});
afterAll(() => libraries.delete());

function openStore(): LibraryStore {
  return LibraryStore.open(libraries.storage('art'), (error) => {
    throw error;
  });
}

const find = () =>
  libraries.withEngine('art', (engine) => engine.duplicates.find(new AbortController().signal));

it('groups copies by what was done to them, computed while indexing', async () => {
  const store = openStore();
  expect(store.database.number('SELECT count(*) FROM fingerprint')).toBe(12);
  store.close();
  const groups = await find();
  const listed = groups.map(({ kind, files }) => [
    kind,
    files.map(({ relativePath, edits }) => [relativePath, ...edits]).sort(),
  ]);
  expect(listed).toEqual([
    ['identical', [[name], [`backup/${name}`]].sort()],
    ['same', [[name], ['small.webp']].sort()],
    [
      'edited',
      [
        [name],
        ['crop.webp', 'cropped'],
        ['hue.webp', 'recoloured'],
        ['mirror.webp', 'mirrored'],
      ].sort(),
    ],
  ]);
  expect(groups.map(({ files }) => [files[0]?.relativePath, files[0]?.best])).toEqual([
    ...[name, name, name].map((best) => [best, true]),
  ]);
});

it('finds the same in a library of an earlier release, without its thumbnails too', async () => {
  const before = await find();
  const store = openStore();
  store.database.run('DELETE FROM fingerprint');
  store.close();
  expect((await find()).map(({ kind, files }) => [kind, files.length])).toEqual(
    before.map(({ kind, files }) => [kind, files.length]),
  );
  const filled = openStore();
  expect(filled.database.number('SELECT count(*) FROM fingerprint')).toBe(12);
  filled.database.run('DELETE FROM fingerprint');
  filled.close();
  await rm(`${libraries.storage('art')}/thumbnails`, { recursive: true });
  expect((await find()).map(({ kind }) => kind)).toEqual(before.map(({ kind }) => kind));
});

it('leaves out copies of which the files are gone or changed', async () => {
  const path = libraries.folder('art', 'small.webp');
  const bytes = await readFile(path);
  await rm(path);
  await libraries.withEngine('art', indexAll);
  expect((await find()).map(({ kind }) => kind)).toEqual(['identical', 'edited']);
  await writeFile(path, bytes);
  await libraries.withEngine('art', indexAll);
  expect((await find()).map(({ kind }) => kind)).toEqual(['identical', 'same', 'edited']);
});

it('is printed as JSON by the command line', async () => {
  const child = spawn(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', cli, 'duplicates', '--json'],
      ...['--folder', libraries.folder('art'), '--storage', libraries.storage('art')],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const groups = JSON.parse(await text(child.stdout as NonNullable<typeof child.stdout>));
  const [identical] = groups;
  expect(identical).toMatchObject({ kind: 'identical', score: 1, reason: 'path' });
  expect(identical.files[0]).toMatchObject({
    path: libraries.folder('art', name),
    best: true,
    width: expect.any(Number),
    height: expect.any(Number),
    bytes: expect.any(Number),
  });
});
