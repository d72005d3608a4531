import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dot } from '../../src/base/vector.ts';
import { readImageFile } from '../../src/engine/files/readImageFile.ts';
import { ModelSet } from '../../src/engine/models/modelSet.ts';
import { ImageProcessor, releasePixels } from '../../src/engine/pipeline/imageProcessor.ts';
import { ThumbnailCache } from '../../src/engine/pipeline/thumbnailCache.ts';
import { generateSample } from '../../src/sample/generateSample.ts';

let folder: string;
let models: ModelSet;
let processor: ImageProcessor;
let paths: string[];
const { signal } = new AbortController();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'processor-'));
  models = await ModelSet.load({
    folder: fileURLToPath(new URL('../../models', import.meta.url)),
    provider: 'cpu',
    threads: 2,
    cacheFolder: join(folder, 'providers'),
    log: () => undefined,
    onFallback: () => undefined,
  });
  processor = new ImageProcessor({
    models: async () => models,
    thumbnails: new ThumbnailCache(join(folder, 'thumbnails')),
    maxPixels: () => 1e8,
  });
  const drawn = await generateSample({ folder, characters: 4, images: 10, seed: 5 });
  paths = drawn.map(({ file }) => join(folder, file));
});
afterAll(async () => {
  await models.dispose();
  await rm(folder, { recursive: true });
});

async function prepare(path: string) {
  return processor.prepare(await readImageFile(path, { maxBytes: 1e8, signal }), [], signal);
}

describe('ImageProcessor', () => {
  it('makes of a reduction the look vectors of the whole pictures', async () => {
    for (const path of paths) {
      const { lookInput, decoded } = await prepare(path);
      const full = await models.fitLook(decoded.raster);
      const [look, expected] = await models.look.embed([lookInput, full], signal);
      expect(dot(look as Float32Array, expected as Float32Array)).toBeGreaterThan(0.999);
    }
  });

  it('keeps faces and vectors when the pixels are given back', async () => {
    const prepared = await prepare(paths[7] as string);
    const [image] = await processor.infer([prepared], signal);
    releasePixels(prepared);
    const [again] = await processor.infer([await prepare(paths[7] as string)], signal);
    expect(image?.faces.length).toBeGreaterThan(0);
    expect(image).toEqual(again);
    expect(prepared.decoded.raster.data.length).toBe(0);
    expect(prepared.lookInput.data.length).toBe(0);
  });
});
