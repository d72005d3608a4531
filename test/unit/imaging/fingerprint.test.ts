import { describe, expect, it } from 'vitest';
import type { Raster } from '../../../src/common/raster.ts';
import {
  computeFingerprint,
  fingerprintBytes,
  hashDistance,
  hashOf,
  mirrorHash,
} from '../../../src/engine/imaging/fingerprint.ts';
import { draw, edit } from '../duplicates/drawings.ts';

const hash = async (raster: Raster) => hashOf(await computeFingerprint(raster));

describe('the perceptual hash', () => {
  it('hardly changes with size, compression and hue', async () => {
    const original = await draw({ character: 1 });
    for (const copy of [
      await edit(original, (picture) => picture.resize(100)),
      await edit(original, (picture) => picture.jpeg({ quality: 40 })),
      await edit(original, (picture) => picture.modulate({ hue: 90 })),
    ]) {
      expect(hashDistance(await hash(original), await hash(copy))).toBeLessThanOrEqual(6);
    }
  });

  it('of the mirrored picture follows from that of the picture', async () => {
    const original = await draw({ character: 1 });
    const mirrored = await edit(original, (picture) => picture.flop());
    const distance = hashDistance(mirrorHash(await hash(original)), await hash(mirrored));
    expect(distance).toBeLessThanOrEqual(4);
    expect(hashDistance(await hash(original), await hash(mirrored))).toBeGreaterThan(12);
  });

  it('differs between pictures', async () => {
    const [a, b] = [await draw({ character: 1 }), await draw({ character: 2, scene: 9 })];
    expect(hashDistance(await hash(a), await hash(b))).toBeGreaterThan(12);
  });

  it('has 64 bits and 32 × 32 luma values', async () => {
    const white: Raster = { width: 5, height: 3, data: new Uint8Array(45).fill(255) };
    const fingerprint = await computeFingerprint(white);
    expect(fingerprint.length).toBe(fingerprintBytes);
    expect(new Set(fingerprint.subarray(8))).toEqual(new Set([255]));
  });
});
