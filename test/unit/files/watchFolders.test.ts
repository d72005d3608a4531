import { spawnSync } from 'node:child_process';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../src/common/settings.ts';
import { type Watcher, watchFolders } from '../../../src/engine/files/watchFolders.ts';

let base: string;
let root: string;
let watcher: Watcher | undefined;
const seen = { changed: [] as string[], removed: [] as string[], rescans: 0 };

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'watch-'));
  root = join(base, 'art');
  await mkdir(root);
  Object.assign(seen, { changed: [], removed: [], rescans: 0 });
});
afterEach(async () => {
  await watcher?.close();
  watcher = undefined;
  await rm(base, { recursive: true });
});

async function start(settings: Partial<typeof defaultSettings> = {}): Promise<void> {
  watcher = await watchFolders({
    folders: [{ id: root, name: 'art', path: root }],
    settings: { ...defaultSettings, ...settings },
    onChanges: ({ changed, removed }) => {
      seen.changed.push(...changed.map(({ relativePath }) => relativePath));
      seen.removed.push(...removed);
    },
    onRescan: () => seen.rescans++,
    log: () => undefined,
    onLimit: () => undefined,
  });
}

/** Waits until `check` holds; the test's own time limit ends what never does. */
async function until(check: () => boolean): Promise<void> {
  while (!check()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The inotify watches of this process, as the kernel lists them. */
async function countWatches(): Promise<number> {
  let count = 0;
  for (const name of await readdir('/proc/self/fdinfo')) {
    const text = await readFile(`/proc/self/fdinfo/${name}`, 'utf8').catch(() => '');
    count += text.split('\n').filter((line) => line.startsWith('inotify wd')).length;
  }
  return count;
}

describe('watching folders', () => {
  it.runIf(process.platform === 'linux')('takes one watch a folder', async () => {
    for (let n = 0; n < 60; n++) {
      await mkdir(join(root, `${n % 3}`), { recursive: true });
      await writeFile(join(root, `${n % 3}`, `${n}.png`), '');
    }
    const before = await countWatches();
    await start();
    expect((await countWatches()) - before).toBe(4);
    await writeFile(join(root, '1', '1.png'), 'other');
    await until(() => seen.changed.includes('1/1.png'));
  });

  it('takes up a folder that went away and came back', { timeout: 120_000 }, async () => {
    await writeFile(join(root, 'a.png'), '');
    await start();
    await rename(root, join(base, 'away'));
    await until(() => seen.rescans > 0);
    const before = seen.rescans;
    await rename(join(base, 'away'), root);
    await until(() => seen.rescans > before);
    await writeFile(join(root, 'new.png'), '');
    await until(() => seen.changed.includes('new.png'));
    expect(seen.removed).toEqual([]);
  });

  it('obeys an ignore file that is edited, in and above the folder', {
    timeout: 120_000,
  }, async () => {
    await mkdir(join(base, '.git'));
    await mkdir(join(root, 'old'));
    await mkdir(join(root, 'export'));
    await writeFile(join(root, '.gitignore'), 'old/\n');
    await start();
    await writeFile(join(root, 'a.png'), '');
    await until(() => seen.changed.includes('a.png'));
    await writeFile(join(root, '.gitignore'), 'export/\n');
    await until(() => seen.rescans === 1);
    await writeFile(join(root, 'export', 'no.png'), '');
    await writeFile(join(root, 'old', 'yes.png'), '');
    await until(() => seen.changed.includes('old/yes.png'));
    expect(seen.changed).not.toContain('export/no.png');
    const before = seen.rescans;
    await writeFile(join(base, '.gitignore'), 'old/\n');
    await until(() => seen.rescans > before);
  });

  it('sees that the target of a link is written, wherever it lies', {
    timeout: 20_000,
  }, async () => {
    await mkdir(join(base, 'elsewhere'));
    const target = join(base, 'elsewhere', 'target.png');
    await writeFile(target, 'one');
    await symlink(target, join(root, 'link.png'));
    await start({ followSymlinks: true });
    await watcher?.followLinks([join(root, 'link.png')]);
    await writeFile(target, 'another');
    await until(() => seen.changed.includes('link.png'));
    // Links that are no longer met are no longer looked after.
    await watcher?.followLinks([]);
    expect(seen.removed).toEqual([]);
  });

  const isolates = spawnSync('unshare', ['-U', '-r', 'true']).status === 0;
  it.runIf(isolates)(
    'tells once that the system watches no more, with the remedy',
    {
      timeout: 30_000,
    },
    async () => {
      for (let n = 0; n < 12; n++) {
        await mkdir(join(root, `${n}`));
      }
      const script = fileURLToPath(new URL('support/watchBeyondLimit.ts', import.meta.url));
      const limited = 'echo 5 > /proc/sys/user/max_inotify_watches; exec "$0" "$@"';
      const node = [process.execPath, '--disable-warning=ExperimentalWarning', script, root];
      const { stdout, stderr } = spawnSync('unshare', ['-U', '-r', 'sh', '-c', limited, ...node], {
        encoding: 'utf8',
      });
      expect(JSON.parse(stdout || stderr)).toEqual([
        { setting: 'fs.inotify.max_user_watches', intervalSeconds: 30 },
      ]);
    },
  );

  it('sees changes by polling', { timeout: 120_000 }, async () => {
    await writeFile(join(root, 'a.png'), '');
    await start({ usePolling: true });
    await writeFile(join(root, 'a.png'), 'longer');
    await until(() => seen.changed.includes('a.png'));
  });
});
