import { expect, test } from 'vitest';
import { moveInRow } from '../../../webview/elements/moveInRow.ts';

test('arrows go around the ends', () => {
  expect(moveInRow('ArrowRight', 2, 3, false)).toBe(0);
  expect(moveInRow('ArrowLeft', 0, 3, false)).toBe(2);
  expect(moveInRow('ArrowDown', 0, 3, false)).toBe(1);
  expect(moveInRow('ArrowUp', 1, 3, false)).toBe(0);
});

test('from right to left the next one is to the left', () => {
  expect(moveInRow('ArrowLeft', 0, 3, true)).toBe(1);
  expect(moveInRow('ArrowRight', 0, 3, true)).toBe(2);
});

test('Home and End lead to the ends, other keys nowhere', () => {
  expect(moveInRow('Home', 2, 3, false)).toBe(0);
  expect(moveInRow('End', 0, 3, false)).toBe(2);
  expect(moveInRow('Tab', 0, 3, false)).toBe(-1);
});
