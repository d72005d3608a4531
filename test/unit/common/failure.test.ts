import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeCauses, describeThrown, toFamiliarError } from '../../../src/common/failure.ts';

const unprintable: readonly unknown[] = [
  { toString: null },
  Object.create(null),
  { toString: () => ({}), valueOf: () => ({}) },
];

test('whatever is thrown can be shown', () => {
  for (const thrown of unprintable) {
    expect(describeThrown(thrown)).toBe('[object Object]');
    expect(toFamiliarError(thrown)).toMatchObject({ code: 'internal', cause: thrown });
    expect(describeCauses(thrown)).toBe('[object Object]');
  }
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      expect(typeof toFamiliarError(thrown).message).toBe('string');
      expect(typeof describeCauses(thrown)).toBe('string');
    }),
  );
});
