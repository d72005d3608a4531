import { mkdir, mkdtemp, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../src/common/settings.ts';
import { badGlobs, createFolderFilter } from '../../../src/engine/files/folderFilter.ts';
import { isBelow } from '../../../src/engine/files/isBelow.ts';
import { PassedOverCounts } from '../../../src/engine/files/passedOver.ts';
import { scanFolder } from '../../../src/engine/files/scanFolder.ts';

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

async function scan(settings: Partial<typeof defaultSettings> = {}) {
  const found = [];
  const filter = createFolderFilter(root, { ...defaultSettings, ...settings });
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
      const { size, mtimeMs, ctimeMs } = await stat(entry.path);
      expect(entry).toMatchObject({ sizeBytes: size, mtimeMs, ctimeMs });
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

  it('matches ignore files with the case rules of git, in and above the folder', async () => {
    const top = root;
    root = join(top, 'app', 'art');
    try {
      await mkdir(join(top, '.git', 'info'), { recursive: true });
      await writeFile(join(top, '.git', 'config'), '[core]\n\tignorecase = false\n');
      await writeFile(join(top, '.git', 'info', 'exclude'), 'excluded/\n');
      await write('../../.gitignore', 'Icon?\nBuild/\n/app/art/old/\n');
      await write('../.gitignore', 'drafts/\n');
      for (const folder of ['icons', 'build', 'Build', 'old', 'drafts', 'excluded']) {
        await write(`${folder}/a.png`);
      }
      expect(await paths()).toEqual(['build/a.png', 'icons/a.png']);
      await writeFile(join(top, '.git', 'config'), '[core]\n\tignorecase = true\n');
      expect(await paths()).toEqual([]);
    } finally {
      root = top;
    }
  });

  it('reads the exclude file of a worktree in the repository that it belongs to', async () => {
    await write('main/.git/info/exclude', 'out/\n');
    await write('main/.git/worktrees/tree/commondir', '../..\n');
    await write('tree/.git', `gitdir: ${join(root, 'main/.git/worktrees/tree')}\n`);
    await write('tree/out/a.png');
    await write('tree/b.png');
    const top = root;
    root = join(top, 'tree');
    expect(await paths()).toEqual(['b.png']);
    root = top;
  });

  it('shows an ignored folder that somebody opens by itself', async () => {
    const top = root;
    await write('.git/config');
    await write('.gitignore', 'build/\n');
    await write('build/a.png');
    root = join(top, 'build');
    expect(await paths()).toEqual(['a.png']);
    root = top;
  });

  it('passes over the debris of systems unless told otherwise', async () => {
    const debris = [
      '@eaDir/hero.png/SYNOPHOTO_THUMB_M.jpg',
      '#recycle/a.jpg',
      '.Trash-1000/files/a.jpg',
      '$RECYCLE.BIN/a.jpg',
      '.stversions/a.jpg',
      '.thumbnails/a.jpg',
      '.dtrash/a.jpg',
      '__MACOSX/a.png',
      '.godot/imported/a.webp',
      'game/Library/a.png',
      'box.library/images/K1.info/hero_thumbnail.png',
      'box.library/images/K2.info/hero_thumbnail.jpg',
      '._hero.png',
    ];
    for (const name of [
      ...debris,
      'game/Assets/a.png',
      'game/ProjectSettings/x',
      'Library/b.png',
    ]) {
      await write(name);
    }
    expect(await paths()).toEqual(['Library/b.png', 'game/Assets/a.png']);
    expect((await scan({ useDefaultExcludes: false })).length).toBe(debris.length + 2);
  });

  it('ignores globs that mean nothing', async () => {
    await write('a.png');
    await write('b/c.png');
    const settings = { include: [''], exclude: ['', 'b/**'] };
    expect((await scan(settings)).map(({ relativePath }) => relativePath)).toEqual(['a.png']);
    expect(badGlobs({ ...defaultSettings, ...settings })).toEqual(['', '']);
  });

  it('counts by kind what may be a picture and is left out', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'outside-'));
    await writeFile(join(outside, 'far.png'), '');
    await write('.gitignore', 'old/\ndraft.*\n');
    for (const name of [
      'a.png',
      'photo.HEIC',
      'b/c.xcf',
      'b/d.heic',
      'draft.png',
      'draft.heic',
      'old/e.png',
      // Neither of these is a picture of anybody's own.
      '._a.png',
      'node_modules/x.png',
      '@eaDir/a.png',
      'readme.txt',
    ]) {
      await write(name);
    }
    await symlink(outside, join(root, 'assets'));
    await symlink(join(outside, 'far.png'), join(root, 'far.png'));
    await symlink(join(outside, 'run.sh'), join(root, 'run.sh'));
    await symlink(join(root, 'b'), join(root, 'again'));
    await symlink(join(root, 'nowhere.png'), join(root, 'dangling.png'));
    const counts = new PassedOverCounts();
    const filter = createFolderFilter(root, defaultSettings);
    const { signal } = new AbortController();
    for (const followSymlinks of [false, true]) {
      const found = scanFolder(root, filter, {
        signal,
        followSymlinks,
        onPassedOver: (passed) => followSymlinks || counts.add(passed),
      });
      const names: string[] = [];
      for await (const { relativePath } of found) {
        names.push(relativePath);
      }
      expect(names.sort()).toEqual(
        followSymlinks ? ['a.png', 'assets/far.png', 'far.png'] : ['a.png'],
      );
    }
    await rm(outside, { recursive: true });
    expect(counts.counts).toEqual({
      unsupported: { heic: 2, xcf: 1 },
      ignored: 2,
      ignoredFolders: 1,
      outside: 2,
    });
  });

  it.runIf(process.platform === 'linux')('of a whole drive stays out of the kernel', async () => {
    const filter = createFolderFilter('/', defaultSettings);
    expect(await filter.judgeFolder('')).toBe('accepted');
    expect(
      await Promise.all(['proc', 'sys', 'dev'].map((name) => filter.judgeFolder(name))),
    ).toEqual(['foreign', 'foreign', 'foreign']);
    expect(await filter.acceptsPath('home/somebody/art/a.png')).toBe(true);
    expect([isBelow('/home', '/'), isBelow('/', '/')]).toEqual([true, false]);
  });

  it('leaves out what is gone when it is asked for, as a link that dangles', async () => {
    await write('here.png');
    await symlink(join(root, 'nowhere.png'), join(root, 'dangling.png'));
    expect(await paths()).toEqual(['here.png']);
  });
});
