import { describe, expect, it } from 'vitest';
import { FamiliarError } from '../../../src/common/failure.ts';
import { fastestBatch, largestBatch } from '../../../src/engine/models/probe.ts';

const outOfMemory = new FamiliarError('provider-failed', 'Expected memory but received none.', {
  remedy: 'Close other programs.',
});

/** Pictures per second by batch; what has none fails. */
const measured = (speeds: Readonly<Record<number, number>>) => async (batch: number) => {
  const speed = speeds[batch];
  if (speed === undefined) {
    throw outOfMemory;
  }
  return speed;
};

describe('fastestBatch', () => {
  it('takes the largest where each is faster than the one before', async () => {
    const { batch, imagesPerSecond } = await fastestBatch(async (size) => 10 * size);
    expect([batch, imagesPerSecond]).toEqual([largestBatch, 10 * largestBatch]);
  });

  it('stops where a larger one is no faster', async () => {
    expect((await fastestBatch(measured({ 1: 50, 4: 40, 8: 90 }))).batch).toBe(1);
  });

  it('keeps the one before where the memory ends', async () => {
    expect(await fastestBatch(measured({ 1: 50, 4: 70 }))).toEqual({
      batch: 4,
      imagesPerSecond: 70,
    });
  });

  it('fails where even one picture does not fit', async () => {
    await expect(fastestBatch(measured({}))).rejects.toBe(outOfMemory);
  });

  it('does not take a cancellation for the end of the memory', async () => {
    const stopped = new DOMException('stopped', 'AbortError');
    await expect(
      fastestBatch(async (batch) => {
        if (batch > 1) {
          throw stopped;
        }
        return 50;
      }),
    ).rejects.toBe(stopped);
  });
});
