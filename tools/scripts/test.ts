// npm test: everything that the tests need, then all of them: first those of the parts, then
// those of the packaged extension in a real VS Code. Arguments go to vitest; a filter with
// "e2e" in it chooses the latter alone, any other one the former.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../src/common/failure.ts';
import { installedPostgres } from '../../test/unit/shared/postgresCluster.ts';
import { buildNative } from './native.ts';
import { findTrainingObstacle, trainingPackages } from './trainingTools.ts';
import { installVsCodeServer } from './vscodeServer.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the browser tests need beyond npm packages. */
const debianPackages = ['chromium', 'fonts-dejavu-core', 'libvulkan1'];
const browser = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Installs Debian packages where that is possible; whether it helped is for the caller to see. */
function installPackages(what: string, packages: readonly string[]): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    return;
  }
  process.stderr.write(`Installing ${what} for the tests …\n`);
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const stdio = ['ignore', 'ignore', 'inherit'] as const;
  spawnSync('apt-get', [...wait, 'update'], { stdio: [...stdio] });
  spawnSync('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], {
    stdio: [...stdio],
  });
}

/** @returns whether there is a browser */
function installBrowser(): boolean {
  if (!existsSync(browser)) {
    installPackages('a browser', debianPackages);
  }
  return existsSync(browser);
}

/**
 * The shared library is tested on the system's own PostgreSQL where its pgvector is packaged (Debian
 * 13 and newer), otherwise on one in WebAssembly that comes with the npm packages.
 */
function installPostgres(): void {
  if (installedPostgres() !== null || !existsSync('/usr/bin/apt-cache')) {
    return;
  }
  const pattern = '^postgresql-[0-9]+-pgvector$';
  const search = ['search', '--names-only', pattern];
  const { stdout } = spawnSync('apt-cache', search, { encoding: 'utf8' });
  const packages = stdout.split('\n').flatMap((line) => line.split(' ')[0] || []);
  if (packages.length > 0) {
    installPackages('PostgreSQL with pgvector', packages);
  }
}

/** @returns why the trainings cannot be tested; null where they can */
function installTraining(): string | null {
  if (findTrainingObstacle() !== null) {
    installPackages('PyTorch', trainingPackages);
  }
  return findTrainingObstacle();
}

/** @returns whether all tests passed */
function vitest(...args: string[]): boolean {
  const script = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(process.execPath, [script, 'run', ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  return status === 0;
}

/** @returns why there is no VS Code to test in; null where there is one */
async function findObstacle(): Promise<string | null> {
  try {
    await installVsCodeServer();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

function skip(what: string, why: string): void {
  process.stderr.write(`\nSKIPPED: ${what}: ${why}\n`);
}

async function test(args: readonly string[]): Promise<boolean> {
  const filters = args.filter((arg) => !arg.startsWith('-'));
  const wantsParts = filters.length === 0 || filters.some((filter) => !filter.includes('e2e'));
  const wantsWhole = filters.length === 0 || filters.some((filter) => filter.includes('e2e'));
  const hasBrowser = installBrowser();
  const noBrowser = `there is no ${browser}. Install ${debianPackages.join(', ')}, or set CHROMIUM.`;
  let passed = true;
  if (wantsParts) {
    if (!hasBrowser) {
      skip('tests of the webview', noBrowser);
    }
    if (filters.length === 0 || filters.some((filter) => filter.includes('training'))) {
      const obstacle = installTraining();
      if (obstacle !== null) {
        // The tests themselves are then counted as skipped.
        skip('tests of the training', obstacle);
      }
    }
    if (filters.length === 0 || filters.some((filter) => filter.includes('shared'))) {
      installPostgres();
    }
    passed = vitest(...args, ...(hasBrowser ? [] : ['--exclude', 'test/webview/**']));
  }
  if (wantsWhole) {
    const obstacle = hasBrowser ? await findObstacle() : noBrowser;
    if (obstacle === null) {
      // A report of its own beside that of the first run.
      const own = args.map((arg) => (arg.startsWith('--outputFile') ? `${arg}.e2e` : arg));
      passed = vitest('--config', 'vitest.e2e.config.ts', ...own) && passed;
    } else {
      skip('tests in a real VS Code', obstacle);
    }
  }
  return passed;
}

buildNative();
process.exitCode = (await test(process.argv.slice(2))) ? 0 : 1;
