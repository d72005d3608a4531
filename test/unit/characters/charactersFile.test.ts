import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { CharacterDecisions } from '../../../src/engine/characters/characterDecisions.ts';
import {
  formatCharacters,
  parseCharacters,
} from '../../../src/engine/characters/charactersFile.ts';
import {
  CharactersFileSync,
  charactersFilePath,
} from '../../../src/engine/characters/charactersFileSync.ts';
import {
  exportCharacters,
  importCharacters,
} from '../../../src/engine/characters/exchangeCharacters.ts';
import { LibraryStore } from '../../../src/engine/library/libraryStore.ts';
import { savePicture } from './savePicture.ts';

const opened: { store: LibraryStore; folder: string }[] = [];
afterEach(async () => {
  for (const { store, folder } of opened.splice(0)) {
    store.close();
    await rm(folder, { recursive: true });
  }
});

/** A library with one face in each of `a.png`, `b.png` … as far as they are asked for. */
async function library(...names: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'characters-'));
  const store = LibraryStore.open(folder, (error) => {
    throw error;
  });
  opened.push({ store, folder });
  const decisions = new CharacterDecisions(store);
  const faces = names.map((name) => savePicture(store, name, name));
  const name = (stableId: number, who: string) => decisions.nameFaces([stableId], who);
  const text = () => formatCharacters(exportCharacters(store));
  const take = (file: string) => importCharacters(store, parseCharacters(file), ['f']);
  const whoIs = (stableId: number) => {
    const owner = store.characters.ownerOf(stableId);
    return owner === undefined ? null : store.characters.find(owner.characterId)?.name;
  };
  return { store, decisions, faces, name, text, take, whoIs };
}

describe('a file of characters', () => {
  it('carries everything to another library, and back again the same', async () => {
    const here = await library('a', 'b', 'c', 'd');
    const [a, b, c, d] = here.faces as [number, number, number, number];
    const alice = here.name(a, 'Alice');
    here.name(b, 'Robert');
    here.decisions.merge([
      { characterId: alice, groupId: null, faces: [] },
      { characterId: null, groupId: null, faces: [c] },
    ]);
    here.decisions.reject({ characterId: alice, groupId: null, faces: [] }, [d]);
    const there = await library('d', 'c', 'b', 'a');
    const { characters, faces, conflicts } = there.take(here.text());
    expect([characters, faces, conflicts]).toEqual([2, 4, []]);
    expect(there.text()).toBe(here.text());
    expect(there.take(here.text()).faces).toBe(0);
    expect(there.store.characters.undo()?.kind).toBe('import');
    expect(there.store.characters.list()).toEqual([]);
  });

  it('names faces of a library that has none yet', async () => {
    const here = await library('a', 'b');
    const [a, b] = here.faces as [number, number];
    here.name(a, 'Alice');
    here.name(b, 'Bob');
    const there = await library();
    expect(there.take(here.text())).toMatchObject({ faces: 2, conflicts: [] });
    expect(there.text()).toBe(here.text());
    const later = ['c', 'b', 'a'].map((name) => there.whoIs(savePicture(there.store, name, name)));
    expect(later).toEqual([null, 'Bob', 'Alice']);
  });

  it('knows a picture that no file shows any more by its content alone', async () => {
    const text = formatCharacters({
      characters: [{ key: 'Alice', name: 'Alice', aliases: [], hidden: false }],
      faces: [
        {
          ...{ relativePath: '', contentHash: '0'.repeat(32), source: 'detected' },
          ...{ box: { x: 0.1, y: 0.1, width: 0.2, height: 0.2 }, character: 'Alice' },
          verdict: 'confirmed',
        },
      ],
    });
    const there = await library('a');
    expect(there.take(text).faces).toBe(1);
    expect(there.whoIs(there.faces[0] as number)).toBeNull();
  });

  it('names faces of pictures that come later', async () => {
    const here = await library('a');
    here.name(here.faces[0] as number, 'Alice');
    const there = await library('b');
    there.take(here.text());
    const later = savePicture(there.store, 'a', 'a');
    expect(there.whoIs(later)).toBe('Alice');
    const other = await library('z');
    other.take(here.text());
    // Saved again since, in the same place.
    expect(other.whoIs(savePicture(other.store, 'a', 'a2'))).toBe('Alice');
  });

  it('loses neither side where two people decided, and tells what is in doubt', async () => {
    const one = await library('a', 'b');
    const two = await library('a', 'b');
    one.name(one.faces[0] as number, 'Alice');
    one.name(one.faces[1] as number, 'Bob');
    two.name(two.faces[0] as number, 'Alicia');
    const { conflicts } = two.take(one.text());
    expect(conflicts).toMatchObject([{ relativePath: 'a', character: 'Alice' }]);
    expect([two.whoIs(two.faces[0] as number), two.whoIs(two.faces[1] as number)]).toEqual([
      'Alicia',
      'Bob',
    ]);
  });

  it('is read with the markers of an unfinished merge, both sides', async () => {
    const one = await library('a');
    const two = await library('b');
    one.name(one.faces[0] as number, 'Alice');
    two.name(two.faces[0] as number, 'Bob');
    const line = (text: string, part: string) =>
      text.split('\n').find((found) => found.includes(part)) ?? '';
    const merged = one
      .text()
      .replace(
        line(one.text(), '"key":"Alice"'),
        `<<<<<<< HEAD\n${line(one.text(), '"key":"Alice"')}\n=======\n${line(two.text(), '"key":"Bob"')}\n>>>>>>> theirs`,
      )
      .replace(
        line(one.text(), '"path":"a"'),
        `<<<<<<< HEAD\n${line(one.text(), '"path":"a"')}\n=======\n${line(two.text(), '"path":"b"')}\n>>>>>>> theirs`,
      );
    const there = await library('a', 'b');
    there.take(merged);
    expect(there.faces.map(there.whoIs)).toEqual(['Alice', 'Bob']);
  });

  it('that is something else is refused, and changes nothing', async () => {
    const here = await library('a');
    for (const text of ['', '[]', '{"version":2,"characters":[],"faces":[]}', '{"faces":[1]}']) {
      expect(() => here.take(text)).toThrow('Expected a characters file');
    }
    expect(here.store.characters.list()).toEqual([]);
  });
});

type Library = Awaited<ReturnType<typeof library>>;

/** Two libraries of one folder, as two people have them, and the file between them. */
async function team() {
  const folder = await mkdtemp(join(tmpdir(), 'team-'));
  const path = join(folder, '.familiar-faces', 'characters.json');
  const told: string[] = [];
  const keep = ({ store, text, take }: Library) => {
    const sync = new CharactersFileSync({
      path: () => path,
      state: () => store.characters.state,
      format: text,
      take,
      log: (message) => told.push(message),
    });
    onTestFinished(() => sync.close());
    return sync;
  };
  onTestFinished(() => rm(folder, { recursive: true }));
  const [one, two] = [await library('a', 'b'), await library('a', 'b')];
  return { path, told, one, two, first: keep(one), second: keep(two) };
}

describe('the file that a team shares', () => {
  it('is written when something is decided, and read when it changes', async () => {
    const { path, one, two, first, second, told } = await team();
    await first.sync();
    expect(existsSync(path)).toBe(false);
    one.name(one.faces[0] as number, 'Alice');
    await first.sync();
    await second.sync();
    expect(two.whoIs(two.faces[0] as number)).toBe('Alice');
    two.name(two.faces[1] as number, 'Bob');
    await second.sync();
    await first.sync();
    expect(one.whoIs(one.faces[1] as number)).toBe('Bob');
    expect(await readFile(path, 'utf8')).toBe(one.text());
    expect(told).toEqual([]);
    one.store.characters.undo();
    await first.sync();
    expect(await readFile(path, 'utf8')).not.toContain('Bob');
  });

  it('tells where two people decided otherwise, and keeps the word of each', async () => {
    const { one, two, first, second, told } = await team();
    one.name(one.faces[0] as number, 'Alice');
    two.name(two.faces[0] as number, 'Alicia');
    await first.sync();
    await second.sync();
    expect(told).toEqual([expect.stringContaining('a face in a is Alice; here')]);
    expect(two.whoIs(two.faces[0] as number)).toBe('Alicia');
  });

  it('is left alone, and told, where it is broken or a link', async () => {
    const { path, one, first, told } = await team();
    one.name(one.faces[0] as number, 'Alice');
    await first.sync();
    await writeFile(path, '{');
    await first.sync();
    await first.sync();
    expect(told).toEqual([expect.stringContaining('not in step')]);
    expect(await readFile(path, 'utf8')).toBe('{');
    await rm(path);
    await symlink(`${path}.elsewhere`, path);
    await first.sync();
    expect(told.at(-1)).toContain('regular file');
    expect(existsSync(`${path}.elsewhere`)).toBe(false);
  });

  it('lies in the folder, or nowhere', async () => {
    const home = await mkdtemp(join(tmpdir(), 'characters-'));
    onTestFinished(() => rm(home, { recursive: true }));
    const folder = join(home, 'art');
    await mkdir(folder);
    await symlink(home, join(folder, 'link'));
    expect(charactersFilePath('.familiar-faces/c.json', folder)).toBe(
      join(folder, '.familiar-faces', 'c.json'),
    );
    const refused = [
      '',
      '../c.json',
      '/etc/c.json',
      'link/c.json',
      'link/new/c.json',
      '.git/config',
    ];
    expect(refused.filter((one) => charactersFilePath(one, folder) !== null)).toEqual([]);
    // Followed to a place that is inside after all, a link is fine.
    await mkdir(join(folder, 'team'));
    await symlink(join(folder, 'team'), join(folder, 'inner'));
    expect(charactersFilePath('inner/c.json', folder)).toBe(join(folder, 'inner', 'c.json'));
  });
});
