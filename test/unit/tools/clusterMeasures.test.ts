import { expect, it } from 'vitest';
import { measureClusters } from '../../../tools/evaluation/clusterMeasures.ts';

it('is perfect for the same partition under other names', () => {
  expect(measureClusters(['a', 'a', 'b'], [7, 7, 1])).toMatchObject({
    ...{ bcubedPrecision: 1, bcubedRecall: 1, bcubedF1: 1, ari: 1, pairF1: 1, purity: 1 },
    coverage: 2 / 3,
  });
});

it('counts what is mixed and what is torn, by hand', () => {
  const measured = measureClusters(['a', 'a', 'a', 'b', 'b'], [1, 1, 2, 2, 2]);
  // Precision: 1, 1, 1/3, 2/3, 2/3; recall: 2/3, 2/3, 1/3, 1, 1.
  expect(measured.bcubedPrecision).toBeCloseTo(11 / 15);
  expect(measured.bcubedRecall).toBeCloseTo(11 / 15);
  // Of four pairs of one character two are together, as are two others.
  expect(measured.pairF1).toBeCloseTo(0.5);
  expect(measured.ari).toBeCloseTo((2 - 1.6) / (4 - 1.6));
  expect(measured.purity).toBeCloseTo(4 / 5);
});

it('is not misled by all in one, or each alone', () => {
  expect(measureClusters(['a', 'b', 'c'], [1, 1, 1]).bcubedPrecision).toBeCloseTo(1 / 3);
  expect(measureClusters(['a', 'a', 'a'], [1, 2, 3])).toMatchObject({ coverage: 0, ari: 0 });
});
