import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quietSettings } from './vscodeServer.ts';

/** Commands of Windows are scripts, which only a shell runs. */
export const needsShell = process.platform === 'win32';

/** The desktop's VS Code, which needs a display where there can be none. */
export function findDesktopCode(): string | undefined {
  const hasDisplay =
    process.platform !== 'linux' ||
    process.env['DISPLAY'] !== undefined ||
    process.env['WAYLAND_DISPLAY'] !== undefined;
  if (!hasDisplay) {
    return undefined;
  }
  return ['code', 'code-insiders', 'codium'].find(
    (name) => spawnSync(name, ['--version'], { shell: needsShell }).status === 0,
  );
}

/**
 * Makes a profile of its own, apart from the person's settings and extensions, with one extension.
 * @param home folder of the profile; made when missing
 * @returns the arguments that make `code` use it
 */
export async function makeProfile(
  code: string,
  home: string,
  extension: string,
): Promise<readonly string[]> {
  const user = join(home, 'data', 'User');
  await mkdir(user, { recursive: true });
  const settings = { ...quietSettings, 'security.workspace.trust.enabled': false };
  await writeFile(join(user, 'settings.json'), JSON.stringify(settings, null, 2));
  const profile = [
    ...['--user-data-dir', join(home, 'data')],
    ...['--extensions-dir', join(home, 'extensions')],
  ];
  const { status } = spawnSync(code, [...profile, '--install-extension', extension, '--force'], {
    stdio: ['ignore', process.stderr, process.stderr],
    shell: needsShell,
  });
  if (status !== 0) {
    throw new Error(`Expected "${code}" to install the extension but it ended with ${status}.`);
  }
  return profile;
}
