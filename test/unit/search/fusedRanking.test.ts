import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatenate, dot, fuse, normalise } from '../../../src/common/vector.ts';
import { compare, fusedScore, rank } from '../../../src/engine/search/fusedRanking.ts';
import { nothingRejected } from '../../../src/engine/search/rejectedFaces.ts';

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
        const query = { faceId: 1, identity: f, look: g, ...nothingRejected };
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
    const query = { faceId: 1, identity, look, rejected: new Set([50]), rejectedVectors: [] };
    expect(compare(query, stored)).toMatchObject({ faceId: null, identityCosine: null });
  });

  it('leaves out look-alikes of those, but not what is more like the query', () => {
    const at = (degrees: number) => {
      const angle = (degrees / 180) * Math.PI;
      return Float32Array.of(Math.cos(angle), Math.sin(angle));
    };
    const look = normalise(Float32Array.of(1, 0));
    const rejected = { rejected: new Set([50]), rejectedVectors: [at(40)] };
    const query = { faceId: 1, identity: at(0), look, ...rejected };
    const foundAt = (degrees: number) =>
      compare(query, { id: 1, look, faces: [{ id: 5, stableId: 51, identity: at(degrees) }] })
        .faceId;
    // Twenty degrees from the rejected face to the query's side is halfway between the two.
    expect([45, 65, 25].map(foundAt)).toEqual([null, null, null]);
    expect([80, 15, -10].map(foundAt)).toEqual([5, 5, 5]);
  });

  it('compares looks alone, at any weight, where the query has no face', () => {
    const look = normalise(Float32Array.of(1, 1));
    const query = { faceId: null, identity: null, look, ...nothingRejected };
    const comparison = compare(query, { id: 1, look, faces: [] });
    expect(fusedScore(comparison, 1)).toBeCloseTo(1, 6);
  });
});
