import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import type { Character } from '../../src/protocol/characterProtocol.ts';
import { generateSample } from '../../tools/sample/generateSample.ts';
import { indexAll, TestLibraries } from './support/library.ts';

let libraries: TestLibraries;
const page = { offset: 0, limit: 5_000 };

beforeAll(async () => {
  libraries = await TestLibraries.create();
  await generateSample({ folder: libraries.folder('art'), characters: 3, images: 24, seed: 3 });
  await libraries.withEngine('art', indexAll);
});
afterAll(() => libraries.delete());

/** A copy of the indexed library and its folder, so that each test decides for itself. */
async function withCopy(name: string, work: (engine: Engine, folder: string) => Promise<void>) {
  await cp(libraries.folder('art'), libraries.folder(name), { recursive: true });
  await libraries.withEngine(name, async (engine) => {
    await indexAll(engine);
    await engine.characters.grouped();
    await work(engine, libraries.folder(name));
  });
}

const listed = (engine: Engine, hidden = false) =>
  engine.characters.list({ filter: '', hidden, ...page }).characters;
const pathsOf = (engine: Engine, id: number) =>
  engine.characters
    .faces({ id, ...page })
    .faces.map(({ relativePath }) => relativePath)
    .toSorted();
const first = (engine: Engine) => listed(engine)[0] as Character;

describe('characters', () => {
  it('get a name that survives save, rename, forced reindexing and another start', async () => {
    let paths: string[] = [];
    let id = 0;
    await withCopy('survive', async (engine, folder) => {
      id = first(engine).id;
      expect(engine.characters.name({ id, name: 'Alice' })).toEqual({ id, existing: null });
      paths = pathsOf(engine, id);
      const [changed, moved] = paths as [string, string];
      const bytes = await sharp(await readFile(join(folder, changed))).png({ compressionLevel: 1 });
      await writeFile(
        join(folder, changed),
        await bytes.withExif({ IFD0: { Artist: 'A' } }).toBuffer(),
      );
      await rename(join(folder, moved), join(folder, 'moved.png'));
      paths = paths.map((path) => (path === moved ? 'moved.png' : path)).toSorted();
    });
    await libraries.withEngine('survive', async (engine) => {
      engine.indexing.start({ force: true });
      await engine.settled();
      await engine.characters.grouped();
      const [alice, ...others] = listed(engine);
      expect(alice).toMatchObject({ id, name: 'Alice' });
      expect(others.map(({ name }) => name)).not.toContain('Alice');
      expect(pathsOf(engine, id)).toEqual(expect.arrayContaining(paths));
    });
  });

  it('are named in place of each other only by a merge, which can be undone', async () => {
    await withCopy('merge', async (engine) => {
      const before = listed(engine);
      const [a, b] = before as [Character, Character];
      engine.characters.name({ id: a.id, name: 'Alice' });
      expect(engine.characters.name({ id: b.id, name: 'alice' })).toEqual({
        id: b.id,
        existing: { id: a.id, name: 'Alice' },
      });
      const together = [...pathsOf(engine, a.id), ...pathsOf(engine, b.id)].toSorted();
      expect(engine.characters.merge({ ids: [a.id, b.id] })).toEqual({ id: a.id });
      expect(pathsOf(engine, a.id)).toEqual(together);
      // The group that was merged is still found by the id that it had.
      expect(engine.characters.get({ id: b.id })?.id).toBe(a.id);
      await engine.characters.grouped();
      expect(pathsOf(engine, a.id)).toEqual(together);
      expect(engine.characters.undo()).toMatchObject({ kind: 'merge' });
      expect(engine.characters.undo()).toMatchObject({ kind: 'name', subject: 'Alice' });
      expect(engine.characters.undo()).toBeNull();
      await engine.characters.grouped();
      const sizes = (characters: readonly Character[]) => characters.map(({ faces }) => faces);
      expect(sizes(listed(engine))).toEqual(sizes(before));
    });
  });

  it('lose the faces that are rejected or split off, also when all is grouped anew', async () => {
    await withCopy('split', async (engine) => {
      const { id } = first(engine);
      const { faces } = engine.characters.faces({ id, ...page });
      const [rejected, split] = faces as [(typeof faces)[number], (typeof faces)[number]];
      engine.characters.judge({ id, faceIds: [rejected.faceId], same: false });
      const other = engine.characters.split({ id, faceIds: [split.faceId] });
      await engine.characters.grouped();
      const left = engine.characters.faces({ id, ...page }).faces.map(({ faceId }) => faceId);
      expect(left).toHaveLength(faces.length - 2);
      expect(left).not.toContain(rejected.faceId);
      const [taken] = engine.characters.faces({ id: other.id, ...page }).faces;
      expect(taken).toMatchObject({ faceId: split.faceId, confirmed: true });
    });
  });

  it('are suggested faces that are nobody’s, and take them at a yes', async () => {
    await withCopy('suggest', async (engine) => {
      const { id, name } = first(engine);
      expect(name).toBeNull();
      const { faces } = engine.characters.faces({ id, ...page });
      const [away] = faces as [(typeof faces)[number]];
      // Alone it is a character without a name, and as such may be this one.
      engine.characters.split({ id, faceIds: [away.faceId] });
      engine.characters.undo();
      engine.characters.name({ id, name: 'Alice' });
      const others = listed(engine).filter((character) => character.id !== id);
      const suggested = await engine.characters.suggestions({ id, limit: 50 });
      const known = new Set(faces.map(({ faceId }) => faceId));
      expect(suggested.filter(({ faceId }) => known.has(faceId))).toEqual([]);
      const [other] = engine.characters.faces({ id: others[0]?.id as number, ...page }).faces;
      engine.characters.judge({ id, faceIds: [other?.faceId as number], same: true });
      const confirmed = engine.characters
        .faces({ id, ...page })
        .faces.filter((face) => face.confirmed);
      expect(confirmed.map(({ faceId }) => faceId)).toEqual([other?.faceId]);
    });
  });

  it('are proposed the names of their folders, hidden, and found by name or path', async () => {
    await withCopy('names', async (engine) => {
      const proposals = engine.characters.proposals();
      expect(proposals.length).toBeGreaterThan(0);
      for (const { id, name } of proposals) {
        expect(engine.characters.name({ id, name }).existing).toBeNull();
        expect(
          pathsOf(engine, id).some((path) =>
            dirname(path).toLowerCase().includes(name.toLowerCase()),
          ),
        ).toBe(true);
      }
      const [{ id, name }] = proposals as [(typeof proposals)[number]];
      const found = engine.characters.list({
        filter: name.slice(0, 4).toLowerCase(),
        hidden: false,
        ...page,
      });
      expect(found.characters.map((character) => character.id)).toContain(id);
      engine.characters.hide({ ids: [id], hidden: true });
      expect(listed(engine).map((character) => character.id)).not.toContain(id);
      expect(listed(engine, true).map((character) => character.id)).toEqual([id]);
    });
  });

  it('give their names to faces, of those without none', async () => {
    await withCopy('faces', async (engine) => {
      const [alice, other] = listed(engine) as [Character, Character];
      const idsOf = (id: number) =>
        engine.characters.faces({ id, ...page }).faces.map(({ faceId }) => faceId);
      expect(engine.characters.namesOf(idsOf(alice.id)).size).toBe(0);
      engine.characters.name({ id: alice.id, name: 'Alice' });
      const names = engine.characters.namesOf([...idsOf(alice.id), ...idsOf(other.id)]);
      expect([...names.values()]).toEqual(idsOf(alice.id).map(() => 'Alice'));
    });
  });

  it('are collected as pictures or heads with captions, and a second run writes nothing', async () => {
    await withCopy('collect', async (engine, folder) => {
      const { id } = first(engine);
      engine.characters.name({ id, name: 'Alice' });
      const target = libraries.folder('collected');
      const { signal } = new AbortController();
      const count = new Set(pathsOf(engine, id)).size;
      const options = { folder: target, crops: false, captions: true };
      const whole = await engine.characters.collect(id, options, signal);
      expect(whole).toEqual({ written: count, kept: 0, failed: [] });
      expect(await engine.characters.collect(id, options, signal)).toMatchObject({
        written: 0,
        kept: count,
      });
      const [path] = pathsOf(engine, id) as [string];
      const flat = path.replaceAll('/', '_');
      expect(await readFile(join(target, flat))).toEqual(await readFile(join(folder, path)));
      const caption = await readFile(join(target, flat.replace(/\.[^.]*$/, '.txt')), 'utf8');
      expect(caption).toMatch(/^Alice, /);
      const heads = { folder: `${target}-heads`, crops: true, captions: false };
      const { written } = await engine.characters.collect(id, heads, signal);
      expect(written).toBe(pathsOf(engine, id).length);
      const [head] = await readdir(heads.folder);
      const { width, height } = await sharp(join(heads.folder, head as string)).metadata();
      expect(width).toBe(height);
    });
  });

  it('with a name stay listed when their pictures are gone, and come back with them', async () => {
    await withCopy('gone', async (engine, folder) => {
      const { id } = first(engine);
      engine.characters.name({ id, name: 'Alice' });
      const paths = pathsOf(engine, id);
      const kept = new Map<string, Buffer>();
      for (const path of paths) {
        kept.set(path, await readFile(join(folder, path)));
        await rm(join(folder, path));
      }
      await indexAll(engine);
      expect(engine.characters.get({ id })).toMatchObject({ name: 'Alice', faces: 0, cover: null });
      for (const [path, bytes] of kept) {
        await writeFile(join(folder, path), bytes);
      }
      await indexAll(engine);
      await engine.characters.grouped();
      expect(pathsOf(engine, id)).toEqual(paths);
    });
  });
});
