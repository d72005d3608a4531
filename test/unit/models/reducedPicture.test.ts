import { describe, expect, it } from 'vitest';
import type { Raster } from '../../../src/common/raster.ts';
import { stretch } from '../../../src/engine/imaging/resize.ts';
import { FaceDetector, reducedPicture } from '../../../src/engine/models/faceDetector.ts';
import type { InferenceRunner } from '../../../src/engine/models/inferencePool.ts';
import { loadManifest } from '../../../src/engine/models/manifest.ts';

const noRunner: InferenceRunner = {
  run: () => Promise.reject(new Error('Nothing is inferred here.')),
  batchSize: () => 1,
  close: () => Promise.resolve(),
};
const models = new URL('../../../models', import.meta.url).pathname;
const { manifest } = await loadManifest(models);
const detector = new FaceDetector(noRunner, manifest.detector);

/** Red rises from left to right, green from top to bottom. */
function gradient(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data.set([(255 * x) / width, (255 * y) / height, 90], 3 * (y * width + x));
    }
  }
  return { data, width, height };
}

describe('the reduction that the detector leaves behind', () => {
  it.each([
    [1280, 720],
    [700, 1900],
    [4200, 3000],
  ])('shows all of %d × %d and nothing around it', async (width, height) => {
    const raster = gradient(width, height);
    const reduced = reducedPicture(await detector.prepare(raster)) as Raster;
    expect(reduced.width / reduced.height).toBeCloseTo(width / height, 1);
    expect(Math.max(reduced.width, reduced.height)).toBeGreaterThanOrEqual(320);
    const expected = await stretch(raster, reduced);
    const differences = reduced.data.map((value, i) =>
      Math.abs(value - (expected.data[i] as number)),
    );
    expect(Math.max(...differences.slice(0, 3_000), ...differences.slice(-3_000))).toBeLessThan(4);
  });

  it('is none of a picture that was enlarged', async () => {
    expect(reducedPicture(await detector.prepare(gradient(100, 80)))).toBeNull();
  });
});
