import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shownText } from '../../../src/base/shownText.ts';

test('leaves names of every script and emoji as they are', () => {
  for (const name of [
    'アリス_笑顔.png',
    'صورة.png',
    'Ünïcode ①.png',
    '👩‍👧.png',
    "o'neil & <b>.png",
  ]) {
    expect(shownText(name)).toBe(name);
  }
});

test('shows what would turn or hide the text around it', () => {
  expect(shownText('alice\u202egnp.exe')).toBe('alice\ufffdgnp.exe');
  expect(shownText('a\u0000b\u001bc\rd\u2066e')).toBe('a\ufffdb\ufffdc\ufffdd\ufffde');
  expect(shownText('two\nlines\tof text')).toBe('two\nlines\tof text');
});

test('keeps the length, and changes nothing twice', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(shownText(text)).toHaveLength(text.length);
      expect(shownText(shownText(text))).toBe(shownText(text));
    }),
  );
});
