import { expect, it } from 'vitest';
import { CountsCache } from '../../../src/engine/library/countsCache.ts';

function counted() {
  let nowMs = 0;
  let runs = 0;
  const cache = new CountsCache({
    count: () => {
      // Counting this library takes a fifth of a second.
      nowMs += 200;
      runs++;
      return { images: runs, files: runs, faces: 0, imagesWithoutFaces: 0, failures: 0 };
    },
    now: () => nowMs,
  });
  return {
    read: cache.read.bind(cache),
    wait: (ms: number) => {
      nowMs += ms;
    },
    runs: () => runs,
  };
}

it('counts no more than a hundredth of the time while the library grows', () => {
  const { read, wait, runs } = counted();
  for (let second = 0; second < 3600; second++) {
    read(second, true);
    wait(1_000);
  }
  expect(runs()).toBeLessThan(3600 / 20 + 2);
  expect(runs()).toBeGreaterThan(100);
});

it('is exact once the library rests, and counts nothing twice', () => {
  const { read, runs } = counted();
  read(1, true);
  expect(read(2, true).images).toBe(1);
  expect(read(2, false).images).toBe(2);
  expect(read(2, false).images).toBe(2);
  expect(runs()).toBe(2);
});
