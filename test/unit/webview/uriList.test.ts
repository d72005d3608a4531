import { expect, test } from 'vitest';
import { carriesImages, parseUriList } from '../../../webview/input/uriList.ts';

test('reads local and remote files, without comments and blank lines', () => {
  const list = '# dragged\r\nfile:///art/a%20b.png\r\n\r\nvscode-remote://ssh-remote+x/art/c.png\n';
  expect(parseUriList(list)).toEqual([
    'file:///art/a%20b.png',
    'vscode-remote://ssh-remote+x/art/c.png',
  ]);
});

test('leaves out what is no file', () => {
  const list =
    'https://example.org/a.png\njavascript:alert(1)\ndata:image/png;base64,AA\n/art/a.png';
  expect(parseUriList(list)).toEqual([]);
});

test('leaves out what is longer than the protocol allows', () => {
  expect(parseUriList(`file:///${'a'.repeat(9_000)}.png`)).toEqual([]);
});

test('files and lists of files make a drop target, text does not', () => {
  expect(carriesImages(['Files'])).toBe(true);
  expect(carriesImages(['text/plain', 'text/uri-list'])).toBe(true);
  expect(carriesImages(['application/vnd.code.uri-list'])).toBe(true);
  expect(carriesImages(['text/plain', 'text/html'])).toBe(false);
});
