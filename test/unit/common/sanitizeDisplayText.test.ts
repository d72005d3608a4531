import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sanitizeDisplayText } from '../../../src/common/sanitizeDisplayText.ts';

test('leaves names of every script and emoji as they are', () => {
  for (const name of [
    'アリス_笑顔.png',
    'صورة.png',
    'Ünïcode ①.png',
    '👩‍👧.png',
    "o'neil & <b>.png",
  ]) {
    expect(sanitizeDisplayText(name)).toBe(name);
  }
});

test('shows what would turn or hide the text around it', () => {
  expect(sanitizeDisplayText('alice\u202egnp.exe')).toBe('alice\ufffdgnp.exe');
  expect(sanitizeDisplayText('a\u0000b\u001bc\rd\u2066e')).toBe('a\ufffdb\ufffdc\ufffdd\ufffde');
  expect(sanitizeDisplayText('two\nlines\tof text')).toBe('two\nlines\tof text');
});

test('keeps the length, and changes nothing twice', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(sanitizeDisplayText(text)).toHaveLength(text.length);
      expect(sanitizeDisplayText(sanitizeDisplayText(text))).toBe(sanitizeDisplayText(text));
    }),
  );
});
