import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultStorage } from '../../../src/cli/openLibrary.ts';

afterEach(() => vi.unstubAllEnvs());

describe('the place of a library', () => {
  it.each(['', 'relative/cache'])('is in the home folder where the cache is "%s"', (given) => {
    vi.stubEnv('XDG_CACHE_HOME', given);
    expect(defaultStorage('/art')).toMatch(/[\\/]\.cache[\\/]familiar-faces[\\/]art-/);
  });

  it('has a name that file systems take, however long that of the folder is', () => {
    vi.stubEnv('XDG_CACHE_HOME', '/var/cache');
    expect(defaultStorage(`/${'long'.repeat(60)}`).length).toBeLessThan(100);
  });
});
