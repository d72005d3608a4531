import { describe, expect, it } from 'vitest';
import { type CopyFile, compareCopies } from '../../../src/engine/duplicates/bestCopy.ts';
import { groupDuplicates, type Link } from '../../../src/engine/duplicates/duplicateGroups.ts';

function file(relativePath: string, parts: Partial<CopyFile> = {}): CopyFile {
  return { path: `/w/${relativePath}`, relativePath, width: 100, height: 100, bytes: 9, ...parts };
}

const link = (
  a: number,
  b: number,
  edits: Link['comparison']['edits'] = [],
  score = 0.9,
): Link => ({
  pair: [a, b],
  comparison: { edits, score },
});

describe('the best copy', () => {
  const order = (...files: CopyFile[]) =>
    files.toSorted(compareCopies).map(({ relativePath }) => relativePath);

  it('has most pixels, then a lossless format, then the least compression', () => {
    const small = file('a.png', { width: 50 });
    const lossy = file('b.jpg', { bytes: 500 });
    const squeezed = file('c.jpg', { bytes: 100 });
    const best = file('deep/er/copy.png', { bytes: 5 });
    expect(order(small, squeezed, lossy, best)).toEqual([
      ...['deep/er/copy.png', 'b.jpg', 'c.jpg', 'a.png'],
    ]);
  });

  it('does not have the path of a copy', () => {
    expect(
      order(
        file('alice (1).png'),
        file('backup/alice.png'),
        file('alice copy.png'),
        file('art/characters/alice.png'),
        file('art/a.png'),
      ).slice(0, 2),
    ).toEqual(['art/a.png', 'art/characters/alice.png']);
  });
});

describe('groups', () => {
  it('have every spare file once, below the best one of its kind', () => {
    const contents = [
      [file('copy/big.png', { width: 200 }), file('big.png', { width: 200 })],
      [file('small.png')],
      [file('crop.png', { width: 150 })],
      [file('other.png')],
    ];
    const links = [link(0, 1), link(0, 2, ['cropped'], 0.8), link(1, 2, ['cropped'], 0.7)];
    const groups = groupDuplicates(contents, links);
    expect(
      groups.map(({ kind, reason, score, files }) => [
        kind,
        reason,
        score,
        files.map(({ relativePath, best, edits }) => [relativePath, best, edits]),
      ]),
    ).toEqual([
      [
        ...['identical', 'path', 1],
        [
          ['big.png', true, []],
          ['copy/big.png', false, []],
        ],
      ],
      [
        ...['same', 'pixels', 0.9],
        [
          ['big.png', true, []],
          ['small.png', false, []],
        ],
      ],
      [
        ...['edited', 'pixels', 0.8],
        [
          ['big.png', true, []],
          ['crop.png', false, ['cropped']],
        ],
      ],
    ]);
  });

  it('do not chain: what was not compared with the best copy stays out', () => {
    const contents = [3, 2, 1].map((width) => [file(`${width}.png`, { width })]);
    const groups = groupDuplicates(contents, [link(0, 1), link(1, 2)]);
    expect(groups.map(({ files }) => files.map(({ relativePath }) => relativePath))).toEqual([
      ['3.png', '2.png'],
    ]);
  });

  it('are none where there are no copies', () => {
    expect(groupDuplicates([[file('a.png')], [file('b.png')], []], [])).toEqual([]);
  });
});
