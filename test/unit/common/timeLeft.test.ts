import { describe, expect, it } from 'vitest';
import { roundTimeLeft } from '../../../src/common/timeLeft.ts';

describe('roundTimeLeft', () => {
  it.each([
    [0, 's', 5],
    [12, 's', 15],
    [49, 's', 50],
    [50, 'min', 1],
    [2_999, 'min', 50],
    [3_000, 'h', 0.8],
    [5_400, 'h', 1.5],
  ])('rounds %d s', (seconds, unit, count) => {
    expect(roundTimeLeft(seconds)).toEqual({ unit, count });
  });
});
