import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  boxFromDrag,
  firstBox,
  moveBox,
  resizeBox,
} from '../../../webview/elements/boxGestures.ts';

const sizes = fc.record({
  width: fc.integer({ min: 1, max: 20_000 }),
  height: fc.integer({ min: 1, max: 20_000 }),
});
const points = fc.record({
  x: fc.double({ min: -500, max: 25_000, noNaN: true }),
  y: fc.double({ min: -500, max: 25_000, noNaN: true }),
});
const steps = fc.record({
  x: fc.double({ min: -1, max: 1, noNaN: true }),
  y: fc.double({ min: -1, max: 1, noNaN: true }),
});

function expectInside(
  box: { x: number; y: number; width: number; height: number },
  size: { width: number; height: number },
): void {
  const slack = 1e-6;
  expect(box.x).toBeGreaterThanOrEqual(-slack);
  expect(box.y).toBeGreaterThanOrEqual(-slack);
  expect(box.width).toBeGreaterThan(0);
  expect(box.height).toBeGreaterThan(0);
  expect(box.x + box.width).toBeLessThanOrEqual(size.width + slack);
  expect(box.y + box.height).toBeLessThanOrEqual(size.height + slack);
}

describe('a box drawn by hand', () => {
  test('is the same in whichever direction it is dragged', () => {
    const size = { width: 400, height: 300 };
    const [a, b] = [
      { x: 50, y: 60 },
      { x: 150, y: 200 },
    ];
    const box = { x: 50, y: 60, width: 100, height: 140 };
    expect(boxFromDrag(a, b, size)).toEqual(box);
    expect(boxFromDrag(b, a, size)).toEqual(box);
    expect(boxFromDrag({ x: 150, y: 60 }, { x: 50, y: 200 }, size)).toEqual(box);
  });

  test('is cut where it leaves the image', () => {
    const size = { width: 400, height: 300 };
    expect(boxFromDrag({ x: -30, y: 250 }, { x: 100, y: 900 }, size)).toEqual({
      x: 0,
      y: 250,
      width: 100,
      height: 50,
    });
  });

  test('is nothing where the drag was a slip', () => {
    const size = { width: 400, height: 300 };
    expect(boxFromDrag({ x: 10, y: 10 }, { x: 12, y: 80 }, size)).toBeNull();
    expect(boxFromDrag({ x: -50, y: 10 }, { x: -10, y: 80 }, size)).toBeNull();
  });

  test('lies inside the image, however it is dragged', () => {
    fc.assert(
      fc.property(points, points, sizes, (start, end, size) => {
        const box = boxFromDrag(start, end, size);
        if (box !== null) {
          expectInside(box, size);
        }
      }),
    );
  });

  test('stays inside the image, however keys move and resize it', () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.tuple(fc.boolean(), steps)), (size, keys) => {
        let box = firstBox(size);
        expectInside(box, size);
        for (const [moves, step] of keys) {
          box = moves ? moveBox(box, step, size) : resizeBox(box, step, size);
          expectInside(box, size);
        }
      }),
    );
  });
});
