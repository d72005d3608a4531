import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a compiled file may lie: beside the bundle in a package, in `build` in the repository. */
export function binaryPaths(...name: readonly string[]): string[] {
  const here = dirname(fileURLToPath(import.meta.url));
  const binary = join('native', ...name);
  return [join(here, binary), join(here, '..', '..', 'build', binary)];
}

/** The first of those places at which there is one. */
export function existingFile(...name: readonly string[]): string | undefined {
  return binaryPaths(...name).find((path) => existsSync(path));
}
