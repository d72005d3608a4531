// Compiles the addon by which sharp is loaded isolated on Linux (src/native/isolation) into
// build/native/: see src/engine/imaging/isolateSharp.ts.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isBuilt, putBuilt } from './builtFile.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const modules = join(root, 'node_modules');
const target = `${process.platform}-${process.arch}`;
const source = join(root, 'src', 'native', 'isolation', 'hostAllocator.cc');
const outputFolder = join(root, 'build', 'native', target);
const output = join(outputFolder, 'isolation.node');
const sharpBinaries = join('node_modules', '@img', `sharp-${target}`, 'lib');

const flags = [
  '-std=c++17',
  '-O2',
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  // The compiler must not turn our `malloc` into a call of itself.
  '-fno-builtin',
  '-fno-exceptions',
  '-DNAPI_VERSION=8',
  '-s',
];

/**
 * Compiles the addon where it is needed and can be compiled.
 * @param compiler the C++ compiler; undefined where there is none
 * @returns whether sharp can be loaded isolated, or needs no isolation on this platform
 */
export function buildIsolation(compiler: string | undefined): boolean {
  const binding = findBinding();
  if (binding === undefined) {
    return true;
  }
  const link = linkOptions(binding);
  const stamp = createHash('sha256')
    .update(JSON.stringify([flags, link]))
    .update(readFileSync(source))
    .digest('hex');
  if (isBuilt(output, stamp)) {
    return true;
  }
  if (compiler === undefined) {
    process.stderr.write(
      'Without a C++ compiler, sharp is not isolated from the GLib of a Linux desktop: where that makes it fail, the engine needs a Node.js on PATH.\n',
    );
    return false;
  }
  mkdirSync(outputFolder, { recursive: true });
  const temporary = `${output}.${process.pid}.tmp`;
  const headers = `-I${join(modules, 'node-api-headers', 'include')}`;
  const command = [...flags, headers, source, '-o', temporary, ...link];
  const { status } = spawnSync(compiler, command, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    process.stderr.write('The isolation of sharp did not compile.\n');
    return false;
  }
  putBuilt(temporary, output, stamp);
  return true;
}

/** Sharp's binding for glibc; undefined on all platforms but Linux, and on musl. */
function findBinding(): string | undefined {
  const folder = join(root, sharpBinaries);
  if (process.platform !== 'linux' || !existsSync(folder)) {
    return undefined;
  }
  const name = readdirSync(folder).find((file) => file.endsWith('.node'));
  return name === undefined ? undefined : join(folder, name);
}

/** The addon needs the binding, and finds it from `dist/native/` as well as from `build/native/`. */
function linkOptions(binding: string): string[] {
  const below = sharpBinaries.split('\\').join('/');
  return [
    '-Wl,--no-as-needed',
    binding,
    '-Wl,--as-needed',
    '-Wl,--allow-shlib-undefined',
    // Before LD_LIBRARY_PATH, which may name a folder with another sharp.
    '-Wl,--disable-new-dtags',
    `-Wl,-rpath,$ORIGIN/../../${below}:$ORIGIN/../../../${below}`,
    '-ldl',
  ];
}
