import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnsFor, moveInGrid, rowsToDraw } from '../../../webview/elements/gridShape.ts';

const shape = { count: 11, columns: 4, rowsPerPage: 2, rtl: false };

describe('keys in the grid of results', () => {
  test('arrows lead to the neighbours', () => {
    expect(moveInGrid('ArrowRight', 5, shape)).toBe(6);
    expect(moveInGrid('ArrowLeft', 5, shape)).toBe(4);
    expect(moveInGrid('ArrowDown', 5, shape)).toBe(9);
    expect(moveInGrid('ArrowUp', 5, shape)).toBe(1);
  });

  test('the next card is to the left where text runs from right to left', () => {
    expect(moveInGrid('ArrowLeft', 5, { ...shape, rtl: true })).toBe(6);
    expect(moveInGrid('ArrowRight', 5, { ...shape, rtl: true })).toBe(4);
  });

  test('the last row may be shorter', () => {
    expect(moveInGrid('ArrowDown', 7, shape)).toBe(10);
    expect(moveInGrid('PageDown', 3, shape)).toBe(10);
  });

  test('the first and the last row keep the column', () => {
    expect(moveInGrid('ArrowUp', 2, shape)).toBe(2);
    expect(moveInGrid('ArrowDown', 9, shape)).toBe(9);
    expect(moveInGrid('PageUp', 6, shape)).toBe(2);
  });

  test('Home and End lead to the ends of the list', () => {
    expect(moveInGrid('Home', 6, shape)).toBe(0);
    expect(moveInGrid('End', 6, shape)).toBe(10);
  });

  test('other keys do not move', () => {
    expect(moveInGrid('a', 6, shape)).toBeNull();
    expect(moveInGrid('Home', 0, { ...shape, count: 0 })).toBeNull();
  });

  test('no key leaves the list', () => {
    const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'End'];
    const shapes = fc.record({
      count: fc.integer({ min: 1, max: 100_000 }),
      columns: fc.integer({ min: 1, max: 40 }),
      rowsPerPage: fc.integer({ min: 1, max: 20 }),
      rtl: fc.boolean(),
    });
    fc.assert(
      fc.property(shapes, fc.nat(), fc.constantFrom(...keys), (grid, place, key) => {
        const target = moveInGrid(key, place % grid.count, grid);
        expect(target).toBeGreaterThanOrEqual(0);
        expect(target).toBeLessThan(grid.count);
      }),
    );
  });
});

describe('the shape of the grid', () => {
  test('holds as many columns as fit, and one at least', () => {
    expect(columnsFor(320, 100, 8)).toBe(3);
    expect(columnsFor(316, 100, 8)).toBe(3);
    expect(columnsFor(315, 100, 8)).toBe(2);
    expect(columnsFor(10, 100, 8)).toBe(1);
  });

  test('draws the rows in sight and the one that has the focus', () => {
    expect(rowsToDraw(-2, 3, 10, 1)).toEqual([0, 1, 2, 3]);
    expect(rowsToDraw(5, 12, 10, 1)).toEqual([1, 5, 6, 7, 8, 9]);
    expect(rowsToDraw(0, 2, 10, 9)).toEqual([0, 1, 2, 9]);
    expect(rowsToDraw(0, 2, 0, 0)).toEqual([]);
  });
});
