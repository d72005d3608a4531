import { mkdir, mkdtemp, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderFilter } from '../../../src/engine/files/folderFilter.ts';
import { scanFolder } from '../../../src/engine/files/scanFolder.ts';
import { defaultSettings } from '../../../src/protocol/engineProtocol.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'scan-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

async function write(relativePath: string, text = ''): Promise<void> {
  await mkdir(dirname(join(root, relativePath)), { recursive: true });
  await writeFile(join(root, relativePath), text);
}

async function scan() {
  const found = [];
  const filter = createFolderFilter(root, defaultSettings);
  const options = { signal: new AbortController().signal, followSymlinks: false };
  for await (const entry of scanFolder(root, filter, options)) {
    found.push(entry);
  }
  return found;
}

const paths = async () => (await scan()).map(({ relativePath }) => relativePath).sort();

describe('a scan', () => {
  it('tells size and time of every file, as the file system has them', async () => {
    const names = Array.from({ length: 300 }, (_, n) => `${n % 3}/${n}.png`);
    for (const [n, name] of names.entries()) {
      await write(name, 'x'.repeat(n));
      await utimes(join(root, name), 1_000 + n, 2_000.125 + n);
    }
    const found = await scan();
    expect(found.map(({ relativePath }) => relativePath).sort()).toEqual(names.sort());
    for (const entry of found) {
      const { size, mtimeMs } = await stat(entry.path);
      expect(entry).toMatchObject({ sizeBytes: size, mtimeMs });
    }
  });

  it('follows the nearest ignore file that has an opinion', async () => {
    await write('.gitignore', '/top.png\ndraft*\nbuild/\n');
    await write('a/.gitignore', '!draft-kept.png\n/only-here.png\n');
    for (const name of [
      'top.png',
      'a/top.png',
      'draft.png',
      'a/draft.png',
      'a/draft-kept.png',
      'a/b/draft-kept.png',
      'a/only-here.png',
      'a/b/only-here.png',
      'build/x.png',
      'a/build/x.png',
      'text.txt',
    ]) {
      await write(name);
    }
    expect(await paths()).toEqual([
      'a/b/draft-kept.png',
      'a/b/only-here.png',
      'a/draft-kept.png',
      'a/top.png',
    ]);
  });

  it('leaves out what is gone when it is asked for, as a link that dangles', async () => {
    await write('here.png');
    await symlink(join(root, 'nowhere.png'), join(root, 'dangling.png'));
    expect(await paths()).toEqual(['here.png']);
  });
});
