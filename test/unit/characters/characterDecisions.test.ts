import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CharacterDecisions,
  type Subject,
} from '../../../src/engine/characters/characterDecisions.ts';
import { LibraryStore } from '../../../src/engine/library/libraryStore.ts';
import { savePicture } from './savePicture.ts';

let folder: string;
let store: LibraryStore;
let decisions: CharacterDecisions;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'characters-'));
  open();
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

function open(): void {
  store = LibraryStore.open(folder, (error) => {
    throw error;
  });
  decisions = new CharacterDecisions(store);
}

const group = (...faces: number[]): Subject => ({ characterId: null, groupId: null, faces });
const known = (characterId: number): Subject => ({ characterId, groupId: null, faces: [] });

function named(subject: Subject, name: string): number {
  const result = decisions.name(subject, name);
  if ('existing' in result) {
    throw new Error(`Expected no other ${name}`);
  }
  return result.characterId;
}

function facesOf(characterId: number): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  for (const { stableId, verdict } of store.characters.verdictsOn(characterId)) {
    found[verdict] = [...(found[verdict] ?? []), stableId];
  }
  return found;
}

/** All that people decided, to be compared. */
const everything = () => JSON.stringify([store.characters.list(), store.characters.verdicts()]);

describe('names', () => {
  it('stay with the face over a save, a rename, other models and another start', () => {
    const face = savePicture(store, 'a.png', 'a1');
    const alice = named(group(face), 'Alice');
    expect(savePicture(store, 'a.png', 'a2', { shift: 4 })).toBe(face);
    expect(savePicture(store, 'b.png', 'a2', { shift: 4 })).toBe(face);
    expect(savePicture(store, 'b.png', 'a3', { modelRevision: 'r2', shift: 5 })).toBe(face);
    store.close();
    open();
    expect(facesOf(alice)).toEqual({ assigned: [face] });
    expect(store.characters.find(alice)?.name).toBe('Alice');
  });

  it('of another character are offered for a merge, however they are spelt', () => {
    const alice = named(group(savePicture(store, 'a.png', 'a')), '  Alice\n ');
    const before = everything();
    expect(decisions.name(group(savePicture(store, 'b.png', 'b')), 'ａLICE')).toMatchObject({
      existing: { id: alice, name: 'Alice' },
    });
    expect(everything()).toBe(before);
    expect(named(known(alice), 'alice')).toBe(alice);
  });

  it('that are too long are refused', () => {
    expect(() => named(group(1), 'x'.repeat(201))).toThrow('at most 200');
  });
});

describe('decisions about faces', () => {
  it('of a merge give the named one all faces, and keep the other name', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) =>
      savePicture(store, `${name}.png`, name),
    ) as [number, number, number, number];
    const alice = named(group(a), 'Alice');
    const bob = named(group(b), 'Bob');
    decisions.confirm(known(bob), [b]);
    decisions.reject(known(bob), [a, d]);
    expect(decisions.merge([group(c), known(alice), known(bob)])).toBe(alice);
    expect(facesOf(alice)).toEqual({ assigned: [a, c], confirmed: [b], rejected: [d] });
    expect(store.characters.list()).toMatchObject([{ name: 'Alice', aliases: ['Bob'] }]);
    expect(decisions.withName('BOB')?.id).toBe(alice);
  });

  it('of a split make another character, and keep the faces apart', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => savePicture(store, `${name}.png`, name)) as [
      number,
      number,
      number,
    ];
    const other = decisions.split(group(a, b, c), [c]);
    const [first] = store.characters.list();
    expect(facesOf(first?.id as number)).toEqual({ assigned: [a, b], rejected: [c] });
    expect(facesOf(other)).toEqual({ confirmed: [c] });
  });

  it('move a face that is confirmed elsewhere', () => {
    const face = savePicture(store, 'a.png', 'a');
    const alice = named(group(face), 'Alice');
    const bob = named(group(), 'Bob');
    decisions.confirm(known(bob), [face]);
    expect([facesOf(alice), facesOf(bob)]).toEqual([{}, { confirmed: [face] }]);
  });
});

describe('undo', () => {
  it('takes back any order of decisions, one by one, to nothing', () => {
    const faces = Array.from({ length: 6 }, (_, n) => savePicture(store, `${n}.png`, `c${n}`));
    const someFaces = fc.uniqueArray(fc.constantFrom(...faces), { minLength: 1, maxLength: 3 });
    const step = fc.record({
      kind: fc.constantFrom('name', 'merge', 'split', 'confirm', 'reject', 'hide', 'cover'),
      faces: someFaces,
      others: someFaces,
      name: fc.constantFrom('Alice', 'Bob', 'Cara', ''),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const states = [everything()];
        for (const { kind, faces: chosen, others, name } of steps) {
          const subject = subjectOf(chosen);
          const acts: Record<string, () => unknown> = {
            name: () => decisions.name(subject, name),
            merge: () => decisions.merge([subject, subjectOf(others)]),
            split: () => decisions.split(subject, others),
            confirm: () => decisions.confirm(subject, others),
            reject: () => decisions.reject(subject, others),
            hide: () => decisions.setHidden([subject], true),
            cover: () => decisions.setCover(subject, others[0] as number),
          };
          acts[kind]?.();
          if (everything() !== states.at(-1)) {
            states.push(everything());
          }
        }
        for (const state of states.slice(0, -1).toReversed()) {
          expect(store.characters.undo()).toBeDefined();
          expect(everything()).toBe(state);
        }
        expect(store.characters.undo()).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  it('of an older decision leaves what was decided later', () => {
    const [a, b] = [savePicture(store, 'a.png', 'a'), savePicture(store, 'b.png', 'b')];
    const alice = named(group(a), 'Alice');
    decisions.confirm(known(alice), [b]);
    named(known(alice), 'Alicia');
    const [, confirmation] = store.characters.decisions(9);
    expect(store.characters.undo(confirmation?.id)).toMatchObject({ kind: 'confirm' });
    expect(facesOf(alice)).toEqual({ assigned: [a] });
    expect(store.characters.find(alice)?.name).toBe('Alicia');
  });
});

/** The character that has the first face, or the faces as a group. */
function subjectOf(faces: readonly number[]): Subject {
  const owner = store.characters.ownerOf(faces[0] as number);
  return owner === undefined ? group(...faces) : known(owner.characterId);
}
