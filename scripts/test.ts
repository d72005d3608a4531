// npm test: everything that the tests need, then all of them.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative } from './native.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What the browser tests need beyond npm packages. */
const debianPackages = ['chromium', 'fonts-dejavu-core', 'libvulkan1'];

function installBrowser(): void {
  if (existsSync('/usr/bin/chromium')) {
    return;
  }
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    process.stderr.write(
      `Tests in a browser will fail: install ${debianPackages.join(', ')} first.\n`,
    );
    return;
  }
  process.stderr.write('Installing a browser for the tests …\n');
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const stdio = ['ignore', 'ignore', 'inherit'] as const;
  spawnSync('apt-get', [...wait, 'update'], { stdio: [...stdio] });
  spawnSync('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...debianPackages], {
    stdio: [...stdio],
  });
}

buildNative();
installBrowser();
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
