import { describe, expect, it } from 'vitest';
import { assignFaces } from '../../../src/engine/characters/assignFaces.ts';
import type { FaceVerdict } from '../../../src/engine/library/characterTable.ts';

/** Face `n` with stable id `n`, each in a picture of its own unless said otherwise. */
const face = (id: number, imageId = id) => ({ id, stableId: id, imageId });
const says = (
  characterId: number,
  verdict: FaceVerdict['verdict'],
  ...stableIds: number[]
): FaceVerdict[] => stableIds.map((stableId) => ({ stableId, characterId, verdict }));

function assign(
  groups: readonly (readonly ReturnType<typeof face>[])[],
  verdicts: readonly FaceVerdict[],
  singles: readonly ReturnType<typeof face>[] = [],
) {
  const assignment = assignFaces({
    faces: [...groups.flat(), ...singles],
    groups: new Map(groups.map((group, index) => [index, group])),
    verdicts,
    known: new Set(verdicts.map(({ characterId }) => characterId)),
    nearest: (asked, ids) => ids[asked.id % ids.length] as number,
  });
  return {
    characters: Object.fromEntries(
      [...assignment.characters].map(([id, faces]) => [
        id,
        faces.map(({ face: { id: faceId }, verdict }) => `${faceId} ${verdict}`),
      ]),
    ),
    groups: [...assignment.groups.values()].map((group) => group.map(({ id }) => id)),
    singles: assignment.singles.map(({ id }) => id),
  };
}

describe('assigning faces', () => {
  it('leaves groups of which nobody said anything as they are', () => {
    expect(assign([[face(1), face(2)]], [], [face(3)])).toEqual({
      characters: {},
      groups: [[1, 2]],
      singles: [3],
    });
  });

  it('gives a group to the character that has a face in it', () => {
    expect(assign([[face(1), face(2)]], says(7, 'assigned', 1))).toEqual({
      characters: { 7: ['1 assigned', '2 null'] },
      groups: [],
      singles: [],
    });
  });

  it('joins the parts of a group that fell apart', () => {
    const { characters } = assign(
      [
        [face(1), face(2)],
        [face(3), face(4)],
      ],
      says(7, 'assigned', 1, 3),
    );
    expect(characters).toEqual({ 7: ['1 assigned', '3 assigned', '2 null', '4 null'] });
  });

  it('keeps rejected faces out, and the second face of one picture', () => {
    const group = [face(1), face(2), face(3, 1)];
    expect(assign([group], [...says(7, 'confirmed', 1), ...says(7, 'rejected', 2)])).toEqual({
      characters: { 7: ['1 confirmed'] },
      groups: [],
      singles: [2, 3],
    });
  });

  it('takes the word of a person over one picture, one face each', () => {
    const { characters } = assign([[face(1), face(2, 1)]], says(7, 'confirmed', 1, 2));
    expect(characters).toEqual({ 7: ['1 confirmed', '2 confirmed'] });
  });

  it('asks which character is nearest where two have faces in one group', () => {
    const group = [face(1), face(2), face(3), face(4)];
    const { characters } = assign(
      [group],
      [...says(7, 'confirmed', 1), ...says(8, 'confirmed', 2)],
    );
    expect(characters).toEqual({ 7: ['1 confirmed', '4 null'], 8: ['2 confirmed', '3 null'] });
  });

  it('lets a group follow the character that has its id where no face says otherwise', () => {
    const groups = [[face(1), face(2)]];
    const verdicts = says(0, 'confirmed', 9);
    expect(assign(groups, verdicts, [face(9)]).characters).toEqual({
      0: ['9 confirmed', '1 null', '2 null'],
    });
  });

  it('lets what is left of a group stand alone where it is one face', () => {
    expect(assign([[face(1)]], [])).toEqual({ characters: {}, groups: [], singles: [1] });
  });
});
