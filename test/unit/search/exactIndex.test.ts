import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { dot } from '../../../src/common/vector.ts';
import { ExactIndex } from '../../../src/engine/search/exactIndex.ts';

const dimension = 3;
const id = fc.integer({ min: 1, max: 40 });
// Few different numbers: many scores are equal, and then the lower id comes first.
const vector = fc
  .array(fc.constantFrom(-1, 0, 1), { minLength: dimension, maxLength: dimension })
  .map((numbers) => Float32Array.from(numbers));
const change = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), id, vector }),
  fc.record({ kind: fc.constant('remove' as const), id }),
  fc.record({ kind: fc.constant('drop below' as const), id }),
);

it('answers as a plain list of what was added and not removed', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 80 }),
      vector,
      fc.nat(50),
      (changes, query, count) => {
        let index = new ExactIndex(dimension);
        const expected = new Map<number, Float32Array>();
        for (const one of changes) {
          if (one.kind === 'add') {
            index.add(one.id, one.vector);
            expected.set(one.id, one.vector);
          } else if (one.kind === 'remove') {
            index.remove(one.id);
            expected.delete(one.id);
          } else {
            index = index.without((known) => known < one.id);
            for (const known of [...expected.keys()].filter((known) => known < one.id)) {
              expected.delete(known);
            }
          }
        }
        expect(index.size).toBe(expected.size);
        const best = [...expected]
          .map(([known, values]) => ({ id: known, score: dot(query, values) }))
          .sort((a, b) => b.score - a.score || a.id - b.id)
          .slice(0, count);
        expect(index.nearest(query, count)).toEqual(best);
      },
    ),
  );
});

it('finds the best of more vectors than one block holds', () => {
  const index = new ExactIndex(dimension);
  for (let n = 1; n <= 3_000; n++) {
    index.add(n, Float32Array.of(n, -n, 0));
  }
  const { length } = index.nearest(Float32Array.of(1, 0, 0), 3_500);
  expect(length).toBe(3_000);
  const best = index.nearest(Float32Array.of(1, 0, 0), 2).map(({ id: known }) => known);
  expect(best).toEqual([3_000, 2_999]);
});
