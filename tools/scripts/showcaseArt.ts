import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Debian packages of free games with drawn characters, and where their portraits are: *The Battle
 * for Wesnoth* (GPL-2.0-or-later) and *The Question* of Ren'Py (MIT). No picture is kept here.
 */
const packages = [
  'renpy-thequestion',
  ...['data', 'dm', 'ei', 'httt', 'low', 'sof', 'tsg', 'trow'].map(
    (part) => `wesnoth-1.16-${part}`,
  ),
];
const portraits = /(?:campaigns\/([^/]+)\/images\/portraits|(the_question)\/game\/images)\/(.+)$/;

/**
 * Fetches the portraits of free games from Debian into a folder of their own each.
 * @throws when `apt-get` or `dpkg` is missing: the pictures are made on Debian
 */
export async function fetchShowcaseArt(folder: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'familiar-faces-art-'));
  try {
    await run('apt-get', ['download', ...packages], { cwd: scratch });
    for (const file of await readdir(scratch)) {
      await run('dpkg-deb', ['--extract', file, 'unpacked'], { cwd: scratch });
    }
    const files = await readdir(join(scratch, 'unpacked'), { recursive: true });
    for (const file of files.filter((name) => ['.png', '.webp', '.jpg'].includes(extname(name)))) {
      const [, campaign, novel, name = ''] = portraits.exec(file) ?? [];
      const game = campaign ?? novel;
      if (game !== undefined) {
        const to = join(folder, game.toLowerCase(), basename(name));
        await mkdir(dirname(to), { recursive: true });
        await copyFile(join(scratch, 'unpacked', file), to);
      }
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
