import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { digestFile } from '../../../src/engine/search/fileDigest.ts';

const sliceBytes = 64;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digest-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function digestOf(bytes: Uint8Array) {
  const path = join(folder, 'file');
  await writeFile(path, bytes);
  return digestFile(path, { sliceBytes });
}

it.each([0, 1, sliceBytes - 1, sliceBytes, sliceBytes + 1, 3 * sliceBytes + 7])(
  'is the hash of the hashes of the slices of %i bytes',
  async (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
    const whole = createHash('sha256');
    for (let at = 0; at < length; at += sliceBytes) {
      whole.update(
        createHash('sha256')
          .update(bytes.subarray(at, at + sliceBytes))
          .digest(),
      );
    }
    expect(await digestOf(bytes)).toEqual({ bytes: length, sha256: whole.digest('hex') });
  },
);

it('changes with any byte, and with the length', async () => {
  const sound = new Uint8Array(2 * sliceBytes + 100).fill(7);
  const { sha256 } = await digestOf(sound);
  await fc.assert(
    fc.asyncProperty(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const changed = sound.slice();
      changed[at] = (changed[at] as number) ^ by;
      expect((await digestOf(changed)).sha256).not.toBe(sha256);
      expect((await digestOf(sound.subarray(0, at))).sha256).not.toBe(sha256);
    }),
    { numRuns: 30 },
  );
});
