import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatenate, dot, fuse, normalise } from '../../../src/common/vector.ts';
import { compare, fusedScore, rank } from '../../../src/engine/search/fusedRanking.ts';

const vector = (length: number) =>
  fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length })
    .map((values) => normalise(Float32Array.from(values)));

const image = fc.record({
  look: vector(6),
  faces: fc.array(vector(8), { maxLength: 4 }),
});

describe('fused ranking', () => {
  it.each([0, 0.3, 0.5, 1])('equals brute force over the weighted sum at w = %d', (weight) => {
    fc.assert(
      fc.property(fc.array(image, { maxLength: 20 }), vector(8), vector(6), (images, f, g) => {
        const query = { faceId: 1, identity: f, look: g, rejected: new Set<number>() };
        const stored = images.map(({ look, faces }, id) => ({
          id,
          look,
          faces: faces.map((identity, k) => ({ id: id * 10 + k, stableId: id * 10 + k, identity })),
        }));
        const ranked = rank(
          stored.map((entry) => compare(query, entry)),
          weight,
        );
        const brute = stored.map(({ id, look, faces }) => ({
          id,
          score: Math.max(
            ...(faces.length > 0 ? faces : [{ identity: new Float32Array(8) }]).map(
              ({ identity }) => dot(fuse(f, g, weight), concatenate(identity, look)),
            ),
          ),
        }));
        brute.sort((a, b) => b.score - a.score);
        expect(ranked).toHaveLength(images.length);
        for (const [n, entry] of ranked.entries()) {
          expect(entry.score).toBeCloseTo(brute[n]?.score as number, 5);
        }
      }),
    );
  });

  it('leaves out faces that were said to be somebody else', () => {
    const identity = normalise(Float32Array.of(1, 2));
    const look = normalise(Float32Array.of(1, 0));
    const stored = { id: 1, look, faces: [{ id: 5, stableId: 50, identity }] };
    const query = { faceId: 1, identity, look, rejected: new Set([50]) };
    expect(compare(query, stored)).toMatchObject({ faceId: null, identityCosine: null });
  });

  it('compares looks alone, at any weight, where the query has no face', () => {
    const look = normalise(Float32Array.of(1, 1));
    const query = { faceId: null, identity: null, look, rejected: new Set<number>() };
    const comparison = compare(query, { id: 1, look, faces: [] });
    expect(fusedScore(comparison, 1)).toBeCloseTo(1, 6);
  });
});
