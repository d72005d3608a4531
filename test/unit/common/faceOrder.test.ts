import { describe, expect, it } from 'vitest';
import { inReadingOrder, mainFace } from '../../../src/common/faceOrder.ts';

const face = (x: number, y: number, side: number, score = 0.9) => ({
  box: { x, y, width: side, height: side },
  score,
});

describe('the main face', () => {
  it('is the largest of those that are nearly as certain as the best', () => {
    const belly = face(0, 50, 60, 0.38);
    const small = face(0, 0, 10, 0.93);
    const large = face(30, 0, 20, 0.8);
    expect(mainFace([belly, small, large])).toBe(large);
    expect(mainFace([belly, small])).toBe(small);
    expect(mainFace([belly])).toBe(belly);
    expect(mainFace([])).toBeUndefined();
  });
});

describe('the order of faces', () => {
  it('goes from left to right within rows, rows from top to bottom', () => {
    const upperRight = face(60, 4, 20);
    const upperLeft = face(5, 8, 20);
    const lowerRight = face(40, 60, 20);
    const lowerLeft = face(0, 55, 20);
    const order = inReadingOrder([lowerRight, upperRight, lowerLeft, upperLeft]);
    expect(order).toEqual([upperLeft, upperRight, lowerLeft, lowerRight]);
  });
});
