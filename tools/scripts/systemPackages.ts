import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * Installs Debian packages as root on Debian; elsewhere nothing is installed without being asked.
 *
 * @returns how a person installs them
 */
export function installPackages(what: string, packages: readonly string[]): string {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get')) {
    return `install ${packages.join(', ')} (Debian's names)`;
  }
  if (process.getuid?.() !== 0) {
    return `run: sudo ${command}`;
  }
  process.stderr.write(`Installing ${what} for the tests …\n`);
  for (const task of ['update', command.slice('apt-get '.length)]) {
    spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...task.split(' ')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return `run: ${command}`;
}

/** The packages of this machine's Debian whose names match. */
export function searchPackages(pattern: string): string[] {
  if (!existsSync('/usr/bin/apt-cache')) {
    return [];
  }
  const search = ['search', '--names-only', pattern];
  const { stdout } = spawnSync('apt-cache', search, { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => line.split(' ')[0] || []);
}
