import { expect, it } from 'vitest';
import { matchClusters } from '../../../src/engine/characters/matchClusters.ts';

function match(clusters: readonly (readonly number[])[], before: Record<number, number | null>) {
  let last = 100;
  return matchClusters(
    clusters,
    (face) => before[face],
    () => ++last,
  );
}

it('gives a cluster the id that most of its faces had', () => {
  expect(match([[1, 2, 3, 9]], { 1: 7, 2: 7, 3: 8, 9: null })).toEqual([7]);
});

it('gives an id to the larger part when a cluster splits, and a new one to the other', () => {
  const before = { 1: 7, 2: 7, 3: 7, 4: 7, 5: 7 };
  expect(
    match(
      [
        [1, 2],
        [3, 4, 5],
      ],
      before,
    ),
  ).toEqual([101, 7]);
});

it('keeps the id of the larger one when two clusters merge', () => {
  expect(match([[1, 2, 3], [6]], { 1: 7, 2: 8, 3: 8 })).toEqual([8, 101]);
});
