import { describe, expect, it } from 'vitest';
import { likelihoodOf } from '../../../src/common/likelihood.ts';
import { nearnessOf } from '../../../src/engine/library/nearness.ts';
import { sameCharacterProbability } from '../../../src/engine/search/sameCharacter.ts';

const list = { first: 0.9, fifth: 0.75, twentieth: 0.6 };
const varied = { faces: 1_000, first: 0.75, fifth: 0.6, twentieth: 0.5 };
/** The face most like each is very like it, the others are not: everybody is drawn in one way. */
const uniform = { faces: 1_000, first: 0.92, fifth: 0.6, twentieth: 0.5 };

describe('the probability of the same character', () => {
  it('follows the order of the list', () => {
    const cosines = [-1, 0, 0.3, 0.5, 0.7, 0.9, 1];
    const stated = cosines.map((cosine) => sameCharacterProbability(cosine, list, varied));
    expect(stated).toEqual(stated.toSorted((a, b) => a - b));
    expect(stated.every((share) => share > 0 && share < 1)).toBe(true);
  });

  it('says less for the same cosine where all faces are alike', () => {
    const [here, there] = [varied, uniform].map((library) =>
      sameCharacterProbability(0.85, list, library),
    ) as [number, number];
    expect(there).toBeLessThan(here - 0.2);
  });

  it('is sensible before the library is known, and in one of any size', () => {
    expect(sameCharacterProbability(0.95, list, null)).toBeGreaterThan(0.5);
    expect(sameCharacterProbability(0.2, list, null)).toBeLessThan(0.05);
    for (const faces of [0, 1, 1e6]) {
      const stated = sameCharacterProbability(0.9, list, { ...varied, faces });
      expect(stated).toBeGreaterThan(0.01);
      expect(stated).toBeLessThan(1);
    }
  });

  it('is put into words of falling likelihood', () => {
    expect([0.95, 0.9, 0.7, 0.4, 0.1].map(likelihoodOf)).toEqual([
      ...['veryLikely', 'veryLikely', 'likely', 'possible', 'unlikely'],
    ]);
  });
});

describe('how near the most alike faces are', () => {
  it('ends with the last where a list is short', () => {
    expect(nearnessOf([0.9, 0.8])).toEqual({ first: 0.9, fifth: 0.8, twentieth: 0.8 });
    expect(nearnessOf([])).toBeNull();
    const many = Array.from({ length: 30 }, (_, place) => 1 - place / 100);
    expect(nearnessOf(many)).toEqual({ first: 1, fifth: 0.96, twentieth: 0.81 });
  });
});
