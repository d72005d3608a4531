import { describe, expect, it } from 'vitest';
import type { Raster } from '../../../src/common/raster.ts';
import {
  ComparablePicture,
  comparePictures,
} from '../../../src/engine/duplicates/comparePictures.ts';
import type { Sharp } from '../../../src/engine/imaging/sharp.ts';
import { draw, edit } from './drawings.ts';

function compare(a: Raster, b: Raster) {
  return comparePictures(ComparablePicture.of(a), ComparablePicture.of(b))?.edits;
}

const original = await draw({ character: 3 });

describe('a copy is found to be', () => {
  const copies: readonly (readonly [string, (picture: Sharp) => Sharp, readonly string[]])[] = [
    ['the same after compression', (picture) => picture.jpeg({ quality: 50 }), []],
    ['the same in a third of the size', (picture) => picture.resize(160), []],
    [
      'cropped',
      (picture) => picture.extract({ left: 90, top: 60, width: 340, height: 450 }),
      ['cropped'],
    ],
    ['mirrored', (picture) => picture.flop(), ['mirrored']],
    [
      'mirrored and cropped',
      (picture) => picture.extract({ left: 20, top: 100, width: 350, height: 450 }).flop(),
      ['mirrored', 'cropped'],
    ],
    ['of another hue', (picture) => picture.modulate({ hue: 140 }), ['recoloured']],
    ['grey', (picture) => picture.greyscale(), ['recoloured']],
  ];

  it.each(copies)('%s', async (_, change, edits) => {
    const copy = await edit(original, change);
    expect(compare(original, copy)).toEqual(edits);
    expect(compare(copy, original)).toEqual(edits);
  });
});

describe('another picture is no copy', () => {
  it.each(['happy', 'sad', 'surprised', 'wink'] as const)(
    'of the same drawing with another expression: %s',
    async (mood) => {
      expect(compare(original, await draw({ character: 3, mood }))).toBeUndefined();
    },
  );

  it('of the same drawing with another expression, in another size and compressed', async () => {
    const other = await edit(await draw({ character: 3, mood: 'wink' }), (picture) =>
      picture.resize(240).jpeg({ quality: 60 }),
    );
    expect(compare(original, other)).toBeUndefined();
  });

  it('of another character in the same place', async () => {
    expect(compare(original, await draw({ character: 4 }))).toBeUndefined();
  });

  it('of the same character in another place', async () => {
    expect(compare(original, await draw({ character: 3, scene: 2 }))).toBeUndefined();
  });
});
