import { expect, it } from 'vitest';
import { inBatches } from '../../../src/common/asyncStages.ts';

async function* numbers(count: number) {
  for (let n = 0; n < count; n++) {
    yield n;
  }
}

it('groups by the size that is known when items come', async () => {
  let size = 1;
  async function* source() {
    // As the models do, which say their batch once the first image has loaded them.
    size = 4;
    yield* numbers(6);
  }
  const batches: number[][] = [];
  for await (const batch of inBatches(source(), () => size)) {
    batches.push(batch);
  }
  expect(batches).toEqual([
    [0, 1, 2, 3],
    [4, 5],
  ]);
});
