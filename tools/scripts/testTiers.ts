import { existsSync } from 'node:fs';
import { messageOf } from '../../src/common/failure.ts';
import { isInstalled, preloads } from '../../test/desktop/support/preloads.ts';
import { installedPostgres } from '../../test/postgres/postgresCluster.ts';
import { buildKernel } from './kernel.ts';
import { buildNative } from './native.ts';
import { installPackages, searchPackages } from './systemPackages.ts';
import { findMissingTraining, trainingPackages } from './trainingTools.ts';
import { installVsCodeServer } from './vscodeServer.ts';

/** Tests that need the same things and run together. */
export interface Tier {
  readonly name: string;
  /** Folders below `test/`. */
  readonly folders: readonly string[];
  /** Gets what the tests need. @returns why they cannot run here; null where they can */
  readonly prepare: () => Promise<string | null>;
}

/** What the browser tests need beyond npm packages. */
const browserPackages = ['chromium', 'fonts-dejavu-core', 'libvulkan1'];
const browser = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

async function prepareBrowser(): Promise<string | null> {
  if (existsSync(browser)) {
    return null;
  }
  const how = installPackages('a browser', browserPackages);
  return existsSync(browser) ? null : `there is no ${browser}: ${how}, or set CHROMIUM`;
}

/**
 * The shared library is tested on the system's own PostgreSQL where its pgvector is packaged (Debian
 * 13 and newer), otherwise on one in WebAssembly that comes with the npm packages.
 */
async function preparePostgres(): Promise<null> {
  if (installedPostgres() === null) {
    const packages = searchPackages('^postgresql-[0-9]+-pgvector$');
    if (packages.length > 0) {
      const how = installPackages('PostgreSQL with pgvector', packages);
      if (installedPostgres() === null) {
        process.stderr.write(`PostgreSQL runs in WebAssembly here; for a real one ${how}.\n`);
      }
    }
  }
  return null;
}

async function prepareTraining(): Promise<string | null> {
  const missing = findMissingTraining();
  if (missing === null) {
    return null;
  }
  const how = installPackages('PyTorch', trainingPackages);
  const still = findMissingTraining();
  return still === null ? null : `${still} To run them, ${how}.`;
}

/** What a Linux desktop maps into Electron, and allocators that stand for Electron's own. */
const desktopPackages = ['libgtk-3-0', 'librsvg2-2', 'libjemalloc2', 'libtcmalloc-minimal4'];

/** Tests whose libraries are still missing skip themselves; here it is said why. */
function installDesktopLibraries(): void {
  if (process.platform === 'linux' && !preloads.every(isInstalled)) {
    const how = installPackages('the libraries of a desktop', desktopPackages);
    const missing = preloads.filter((name) => !isInstalled(name));
    if (missing.length > 0) {
      process.stderr.write(`Nothing is tested beside ${missing.join(', ')}: ${how}.\n`);
    }
  }
}

async function prepareLibraries(): Promise<string | null> {
  const { isolation } = buildNative();
  installDesktopLibraries();
  return isolation ? null : 'there is no C++ compiler to build the isolation of sharp with';
}

async function prepareVsCode(): Promise<string | null> {
  buildNative();
  installDesktopLibraries();
  const noBrowser = await prepareBrowser();
  if (noBrowser !== null) {
    return noBrowser;
  }
  try {
    await installVsCodeServer();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** Without a C++ compiler the tests of the Annoy binding are skipped, and name that as the reason. */
async function prepareEngine(): Promise<null> {
  buildNative();
  return null;
}

/** All tests, quickest first. */
export const tiers: readonly Tier[] = [
  {
    name: 'unit',
    folders: ['unit'],
    prepare: async () => {
      buildKernel();
      return null;
    },
  },
  { name: 'postgres', folders: ['postgres'], prepare: preparePostgres },
  { name: 'webview', folders: ['webview'], prepare: prepareBrowser },
  { name: 'libraries', folders: ['desktop'], prepare: prepareLibraries },
  { name: 'training', folders: ['training'], prepare: prepareTraining },
  { name: 'engine', folders: ['engine', 'fault'], prepare: prepareEngine },
  { name: 'e2e', folders: ['e2e'], prepare: prepareVsCode },
];
