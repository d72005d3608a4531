import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agglomerate, type Links } from '../../../src/engine/characters/agglomerate.ts';

const noLinks: Links = { together: [], apart: [] };

/** Faces as directions in a plane, in degrees; every pair is looked at. */
function cluster(degrees: readonly number[], links = noLinks, threshold = 0.8): number[] {
  const values = degrees.flatMap((angle) => [
    Math.cos((angle * Math.PI) / 180),
    Math.sin((angle * Math.PI) / 180),
  ]);
  const pairs = degrees.flatMap((_, from) => degrees.map((__, to) => [from, to] as const));
  const distinct = pairs.filter(([from, to]) => from < to);
  return [
    ...agglomerate(
      {
        vectors: { dimension: 2, values: Float32Array.from(values) },
        from: distinct.map(([from]) => from),
        to: distinct.map(([, to]) => to),
        threshold,
      },
      links,
    ),
  ];
}

describe('faces are joined by the mean of all their cosines', () => {
  it('joins what is near and leaves what is far', () => {
    expect(cluster([0, 10, 90, 100, 200])).toEqual([0, 0, 2, 2, 4]);
  });

  it('does not follow a chain of look-alikes from one character to the next', () => {
    expect(cluster([0, 5, 40, 45, 80, 85], noLinks, 0.85)).toEqual([0, 0, 2, 2, 4, 4]);
  });

  it('honours what a person said, above all likeness', () => {
    expect(cluster([0, 1, 2], { together: [], apart: [[0, 1]] })).toEqual([0, 1, 1]);
    expect(cluster([0, 180], { together: [[0, 1]], apart: [] })).toEqual([0, 0]);
    expect(cluster([0, 180], { together: [[0, 1]], apart: [[0, 1]] })).toEqual([0, 0]);
  });

  it('never joins faces that are apart, and always those that are together', () => {
    const face = fc.nat(11);
    const pair = fc.tuple(face, face).filter(([a, b]) => a !== b);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 359 }), { minLength: 12, maxLength: 12 }),
        fc.array(pair),
        fc.array(pair, { maxLength: 2 }),
        (degrees, apart, together) => {
          const labels = cluster(degrees, { together, apart });
          const joined = cluster(degrees, { together, apart: [] }, 2);
          for (const [a, b] of together) {
            expect(labels[a]).toBe(labels[b]);
          }
          for (const [a, b] of apart) {
            // What is together by decision stays so.
            expect(labels[a] === labels[b]).toBe(joined[a] === joined[b]);
          }
        },
      ),
    );
  });
});
