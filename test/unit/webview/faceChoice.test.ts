import { expect, test } from 'vitest';
import { chosenFaces } from '../../../webview/elements/faceChoice.ts';

const plain = { ctrlKey: false, metaKey: false, shiftKey: false };
const ctrl = { ...plain, ctrlKey: true };

test('a click chooses that face alone', () => {
  expect(chosenFaces({ selectedFaceIds: [1, 2] }, 3, plain)).toEqual([3]);
  expect(chosenFaces({ selectedFaceIds: [1, 2] }, 2, plain)).toEqual([2]);
});

test('a click on the only chosen face keeps it, as its tooltip says', () => {
  expect(chosenFaces({ selectedFaceIds: [2] }, 2, plain)).toEqual([2]);
});

test('with Ctrl, ⌘ or Shift a face joins or leaves the others', () => {
  expect(chosenFaces({ selectedFaceIds: [1] }, 2, ctrl)).toEqual([1, 2]);
  expect(chosenFaces({ selectedFaceIds: [1, 2] }, 1, { ...plain, metaKey: true })).toEqual([2]);
  expect(chosenFaces({ selectedFaceIds: [1] }, 1, { ...plain, shiftKey: true })).toEqual([]);
});
