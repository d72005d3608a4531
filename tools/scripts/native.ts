// Compiles what is not JavaScript into build/native/, when its sources changed: the Annoy binding
// (<platform>-<arch>/annoy.node), whose headers come from npm packages, and the pixel kernel.
// Nothing is downloaded.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isBuilt, putBuilt } from './builtFile.ts';
import { buildIsolation } from './isolation.ts';
import { buildKernel } from './kernel.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const modules = join(root, 'node_modules');
const sourceFolder = join(root, 'src', 'native');
const outputFolder = join(root, 'build', 'native', `${process.platform}-${process.arch}`);
const output = join(outputFolder, 'annoy.node');

const includes = [
  join(modules, 'annoy-node', 'annoy', 'src'),
  join(modules, 'node-addon-api'),
  join(modules, 'node-api-headers', 'include'),
];

const flags = [
  '-std=c++17',
  '-O3',
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  '-DNAPI_VERSION=8',
  '-DNAPI_CPP_EXCEPTIONS',
  '-DNODE_GYP_MODULE_NAME=annoy',
  // Annoy's own code, which is not ours to mend.
  '-Wno-unused-function',
  ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : ['-pthread', '-s']),
];

function sources(): string[] {
  return readdirSync(sourceFolder).filter((name) => /\.(cc|h)$/.test(name));
}

/** Everything that decides what the binary is. */
function wantedStamp(): string {
  const hash = createHash('sha256').update(JSON.stringify(flags));
  for (const name of sources()) {
    hash.update(readFileSync(join(sourceFolder, name)));
  }
  for (const name of ['annoylib.h', 'kissrandom.h']) {
    hash.update(readFileSync(join(modules, 'annoy-node', 'annoy', 'src', name)));
  }
  return hash.digest('hex');
}

function findCompiler(): string | undefined {
  return [process.env['CXX'], 'c++', 'g++', 'clang++'].find(
    (name) => name !== undefined && spawnSync(name, ['--version']).status === 0,
  );
}

/** What was built, or needs not be built, for this machine. */
export interface NativeParts {
  readonly annoy: boolean;
  /** Whether sharp is isolated from the libraries of a Linux desktop. */
  readonly isolation: boolean;
}

/** Builds what is compiled, as far as there is a compiler. */
export function buildNative(): NativeParts {
  buildKernel();
  return { isolation: buildIsolation(findCompiler()), annoy: buildAnnoy() };
}

function buildAnnoy(): boolean {
  const stamp = wantedStamp();
  if (isBuilt(output, stamp)) {
    return true;
  }
  const compiler = findCompiler();
  if (compiler === undefined) {
    process.stderr.write(
      'No C++ compiler was found: searches will scan exactly, which is slower in large libraries. ' +
        'Install one (Debian: apt-get install g++; macOS: xcode-select --install) and run this again.\n',
    );
    return false;
  }
  process.stderr.write('Compiling the Annoy binding …\n');
  mkdirSync(outputFolder, { recursive: true });
  const temporary = `${output}.${process.pid}.tmp`;
  const files = sources().filter((name) => name.endsWith('.cc'));
  const result = spawnSync(
    compiler,
    [
      ...flags,
      ...includes.map((folder) => `-I${folder}`),
      ...files.map((name) => join(sourceFolder, name)),
      '-o',
      temporary,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (result.status !== 0) {
    process.stderr.write('The Annoy binding did not compile: searches will scan exactly.\n');
    return false;
  }
  putBuilt(temporary, output, stamp);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = Object.values(buildNative()).every(Boolean) ? 0 : 1;
}
