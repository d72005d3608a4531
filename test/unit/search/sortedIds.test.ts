import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasId, idsMissingFrom } from '../../../src/engine/search/sortedIds.ts';

const ids = fc
  .uniqueArray(fc.integer({ min: 1, max: 60 }))
  .map((numbers) => Int32Array.from(numbers).sort());

describe('ascending ids', () => {
  it('hold what a set of them holds', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 0, max: 61 }), (sorted, id) => {
        expect(hasId(sorted, id)).toBe(new Set(sorted).has(id));
      }),
    );
  });

  it('lack what the difference of two sets is, in order', () => {
    fc.assert(
      fc.property(ids, ids, (sorted, asked) => {
        const has = new Set(sorted);
        expect(idsMissingFrom(sorted, asked)).toEqual(asked.filter((id) => !has.has(id)));
      }),
    );
  });
});
