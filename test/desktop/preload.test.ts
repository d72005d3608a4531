import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { isInstalled, preloadOf, preloads } from './support/preloads.ts';

const script = fileURLToPath(new URL('support/decodeAll.ts', import.meta.url));
function decodeAll(preload: string) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script, '1000'], {
    encoding: 'utf8',
    env: {
      ...process.env,
      LD_PRELOAD: preload,
      NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
    },
  });
  return { status, signal, stdout, stderr };
}

describe.runIf(process.platform === 'linux')('decoding on a desktop', () => {
  let plain: ReturnType<typeof decodeAll>;
  beforeAll(() => {
    plain = decodeAll('');
    expect(plain).toMatchObject({ status: 0, signal: null, stderr: '' });
  });

  for (const name of preloads) {
    it.runIf(isInstalled(name))(
      `gives the same pixels, and no word on stderr, with ${name}`,
      () => {
        expect(decodeAll(preloadOf(name))).toEqual(plain);
      },
    );
  }
});
