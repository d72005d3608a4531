// Compiles src/native/kernel/ into build/native/pixels.wasm, when it changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isBuilt, putBuilt } from './builtFile.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const source = join(root, 'src', 'native', 'kernel', 'pixels.ts');
const outputFolder = join(root, 'build', 'native');
const output = join(outputFolder, 'pixels.wasm');
const { version } = createRequire(import.meta.url)('assemblyscript/package.json');

/** No runtime: the kernel allocates nothing, its memory is laid out by the caller. */
const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];

function wantedStamp(): string {
  const hash = createHash('sha256').update(`${version} ${flags.join(' ')}\n`);
  return hash.update(readFileSync(source)).digest('hex');
}

/** @throws where it does not compile: without it no picture is indexed. */
export function buildKernel(): void {
  const stamp = wantedStamp();
  if (isBuilt(output, stamp)) {
    return;
  }
  mkdirSync(outputFolder, { recursive: true });
  const temporary = `${output}.${process.pid}.tmp`;
  const compiler = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
  const { status } = spawnSync(
    process.execPath,
    [compiler, source, ...flags, '--outFile', temporary],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (status !== 0) {
    throw new Error(`Expected ${source} to compile but the compiler ended with ${status}.`);
  }
  putBuilt(temporary, output, stamp);
}
