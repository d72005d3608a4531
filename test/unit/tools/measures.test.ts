import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  averagePrecision,
  type FrameResult,
  matchFaces,
  measureFrames,
} from '../../../tools/evaluation/detectionMeasures.ts';
import { PairHistogram } from '../../../tools/evaluation/pairs.ts';
import {
  type RetrievalItem,
  retrieveEach,
  summarise,
  topResults,
} from '../../../tools/evaluation/retrieval.ts';

const box = (x: number) => ({ x, y: 0, width: 10, height: 10 });
const found = (x: number, score: number) => ({ box: box(x), score });

describe('matchFaces', () => {
  it('gives every face to one detection only, the best first', () => {
    const result = { faces: [box(0)], detections: [found(0, 0.9), found(1, 0.8)] };
    expect(matchFaces(result, 0.5).map(({ hit }) => hit)).toEqual([true, false]);
  });
});

describe('averagePrecision', () => {
  it('is 1 for perfect and 0 for no detections', () => {
    expect(averagePrecision([{ faces: [box(0)], detections: [found(0, 0.1)] }], 0.5)).toBe(1);
    expect(averagePrecision([{ faces: [box(0)], detections: [] }], 0.5)).toBe(0);
  });

  it('is the area under the precision envelope', () => {
    // In order of score: hit, miss, hit of two faces → 1 · ½ + ⅔ · ½.
    const frames: FrameResult[] = [
      { faces: [box(0)], detections: [found(0, 0.9), found(50, 0.8)] },
      { faces: [box(0)], detections: [found(0, 0.7)] },
    ];
    expect(averagePrecision(frames, 0.5)).toBeCloseTo(0.5 + 1 / 3, 10);
  });
});

describe('measureFrames', () => {
  it('measures at the threshold and counts false boxes where there is no face', () => {
    const frames: FrameResult[] = [
      { faces: [box(0), box(50)], detections: [found(0, 0.9), found(50, 0.1)] },
      { faces: [], detections: [found(0, 0.6), found(50, 0.2)] },
    ];
    expect(measureFrames(frames, 0.5)).toMatchObject({
      precision: 0.5,
      recall: 0.5,
      f1: 0.5,
      falsePositivesPerFaceFreeImage: 1,
    });
  });

  it('states nothing about finding where no face is labelled', () => {
    expect(measureFrames([{ faces: [], detections: [] }], 0.5)).toMatchObject({
      ap50: null,
      f1: null,
      falsePositivesPerFaceFreeImage: 0,
    });
  });
});

const items: RetrievalItem[] = [
  { label: 'a', artwork: '1' },
  { label: 'a', artwork: '1' },
  { label: 'a', artwork: '2' },
  { label: 'b', artwork: '3' },
];

describe('retrieveEach', () => {
  it('neither counts the same drawing nor asks by what has no other', () => {
    const scores = Float32Array.from([1, 0.99, 0.2, 0.5]);
    const results = retrieveEach(items, () => scores);
    expect(results.map(({ query }) => query)).toEqual([0, 1, 2]);
    // From item 0 the only right one (2) comes after b.
    expect(results[0]).toMatchObject({ averagePrecision: 0.5, firstIsRight: false });
    expect(topResults(items, 0, scores, 5)).toEqual([3, 2]);
  });

  it('agrees with the definition on any scores', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            label: fc.constantFrom('a', 'b', 'c'),
            artwork: fc.integer({ min: 0, max: 9 }).map(String),
          }),
          { minLength: 2, maxLength: 25 },
        ),
        fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
        (random, stream) => {
          const rows = random.map(() =>
            Float32Array.from(random, () => stream.next().value as number),
          );
          for (const result of retrieveEach(random, (i) => rows[i] as Float32Array)) {
            const order = topResults(
              random,
              result.query,
              rows[result.query] as Float32Array,
              random.length,
            );
            const label = random[result.query]?.label;
            const ranks = order.flatMap((i, at) => (random[i]?.label === label ? [at + 1] : []));
            const expected = ranks.reduce((sum, rank, k) => sum + (k + 1) / rank, 0) / ranks.length;
            // Equal scores may be ordered either way.
            expect(result.averagePrecision).toBeGreaterThan(expected - 1e-9);
          }
        },
      ),
    );
  });

  it('has no summary without queries', () => {
    expect(summarise([])).toBeNull();
  });
});

describe('PairHistogram', () => {
  it('weighs same and different pairs alike and finds the best threshold', () => {
    const cosines = [
      [1, 1, 0.8, 0.4],
      [1, 1, 0.8, 0.4],
      [0.8, 0.8, 1, 0.6],
      [0.4, 0.4, 0.6, 1],
    ];
    const histogram = new PairHistogram();
    histogram.add(items, (i) => Float32Array.from(cosines[i] ?? []));
    expect(histogram.measure(0.7)).toMatchObject({ pairs: 5, samePairs: 2, f1: 1, bestF1: 1 });
    // At 0.5 one of three different pairs passes: precision 1 / (1 + 1/3).
    expect(histogram.measure(0.5)?.precision).toBeCloseTo(0.75, 6);
    const [low, high] = histogram.reliability((cosine) => (cosine > 0.7 ? 0.95 : 0.05));
    expect(low).toEqual({ stated: expect.closeTo(0.05, 6), observed: 0 });
    expect(high).toEqual({ stated: expect.closeTo(0.95, 6), observed: 1 });
  });
});
