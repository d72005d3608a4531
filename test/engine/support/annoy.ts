import { describe } from 'vitest';
import { type AnnoyModule, loadAnnoy } from '../../../src/native/annoy.ts';

const loaded = loadAnnoy();

/** The Annoy binding; undefined where none was built, as without a C++ compiler. */
export const annoyForTests: AnnoyModule | undefined =
  'module' in loaded ? loaded.module : undefined;

/** Tests of the binding; where there is none they are skipped and say why. */
export function describeAnnoy(name: string, tests: () => void): void {
  const why = 'unavailable' in loaded ? ` (skipped: ${loaded.unavailable.message})` : '';
  describe.runIf('module' in loaded)(`${name}${why}`, tests);
}
