import { describe, expect, it } from 'vitest';
import { namesFromPaths } from '../../../src/engine/characters/namesFromPaths.ts';

const propose = (...paths: readonly (readonly string[])[]) =>
  namesFromPaths(paths.map((own, id) => ({ id, name: null, paths: own }))).map(
    ({ id, name }) => `${id} ${name}`,
  );

describe('names from paths', () => {
  it('are the words that tell a character from the others', () => {
    expect(
      propose(
        ['game/images/alice happy.png', 'game/images/alice sad.png', 'game/cg/beach_alice.png'],
        ['sprites/bob/01.png', 'sprites/bob/02.png'],
        ['sprites/caraHappy.png', 'sprites/caraAngry.png', 'sprites/caraAsleep.png'],
      ),
    ).toEqual(['0 Alice', '2 Cara', '1 Bob']);
  });

  it('keep a folder that names somebody in full', () => {
    expect(
      propose(['art/Alice Liddell/a.png', 'art/Alice Liddell/b.png'], ['art/Bob/c.png']),
    ).toEqual(['0 Alice Liddell', '1 Bob']);
  });

  it('are none where a word belongs to several, or to the trade alone', () => {
    expect(
      propose(
        ['school/portrait_01.png', 'school/portrait_02.png'],
        ['school/portrait_03.png', 'school/x_04.png'],
      ),
    ).toEqual([]);
  });

  it('are taken by the largest of the parts of one character', () => {
    expect(
      propose(['alice/1.png', 'alice/2.png', 'alice/3.png', 'alice/4.png'], ['alice/5.png']),
    ).toEqual(['0 Alice']);
  });

  it('are not given twice', () => {
    const characters = [
      { id: 1, name: 'ALICE', paths: ['old/alice.png'] },
      { id: 2, name: null, paths: ['new/alice_1.png', 'new/alice_2.png'] },
    ];
    expect(namesFromPaths(characters).map(({ name }) => name)).not.toContain('Alice');
  });

  it('may be of any script', () => {
    expect(
      propose(['立ち絵/さくら_笑顔.png', '立ち絵/さくら_怒り.png'], ['立ち絵/れい.png']),
    ).toContain('0 さくら');
  });
});
