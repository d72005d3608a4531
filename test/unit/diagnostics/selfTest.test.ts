import { expect, test } from 'vitest';
import { selfTest } from '../../../src/engine/diagnostics/selfTest.ts';

test('everything that the engine needs works in this runtime', async () => {
  expect(await selfTest()).toEqual([]);
});
