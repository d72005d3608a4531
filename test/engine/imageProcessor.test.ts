import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iou } from '../../src/common/geometry.ts';
import { dot, normalise } from '../../src/common/vector.ts';
import { readImageFile } from '../../src/engine/files/readImageFile.ts';
import { ImageProcessor, releasePixels } from '../../src/engine/indexing/imageProcessor.ts';
import { ThumbnailCache } from '../../src/engine/library/thumbnailCache.ts';
import { ModelSet } from '../../src/engine/models/modelSet.ts';
import { openSequentialScript } from '../../tools/bench/sequentialScript.ts';
import { drawIllustration, generateSample } from '../../tools/sample/generateSample.ts';

const modelsFolder = fileURLToPath(new URL('../../models', import.meta.url));

let folder: string;
let models: ModelSet;
let processor: ImageProcessor;
let paths: string[];
const { signal } = new AbortController();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'processor-'));
  models = await ModelSet.load({
    folder: modelsFolder,
    provider: 'cpu',
    threads: 2,
    cacheFolder: join(folder, 'providers'),
    log: () => undefined,
    onFallback: () => undefined,
  });
  processor = new ImageProcessor({
    models: { get: async () => models, use: (work) => work(models) },
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
  it('finds what a script without the engine finds', async () => {
    const script = await openSequentialScript(modelsFolder);
    try {
      for (const path of paths.slice(2, 6)) {
        const [image] = await processor.infer([await prepare(path)], signal);
        const { faces, look, thumbnail } = await script.process(path);
        expect(faces.length).toBe(image?.faces.length);
        for (const twin of image?.faces ?? []) {
          const face = faces.find(({ box }) => iou(box, twin.box) > 0.8);
          if (face === undefined) {
            throw new Error(`Expected the script to find the face at ${JSON.stringify(twin.box)}.`);
          }
          expect(dot(normalise(face.identity), twin.identity)).toBeGreaterThan(0.95);
        }
        expect(dot(normalise(look), image?.look as Float32Array)).toBeGreaterThan(0.99);
        expect([...thumbnail.subarray(0, 2)]).toEqual([0xff, 0xd8]);
      }
    } finally {
      await script.dispose();
    }
  });

  it('gives each picture of a batch its own faces and vectors', async () => {
    const chosen = paths.slice(4, 8);
    const together = await processor.infer(await Promise.all(chosen.map(prepare)), signal);
    for (const [i, path] of chosen.entries()) {
      const [alone] = await processor.infer([await prepare(path)], signal);
      const image = together[i];
      expect(image?.faces.map(({ box }) => box)).toEqual(alone?.faces.map(({ box }) => box));
      for (const [k, face] of (alone?.faces ?? []).entries()) {
        expect(dot(face.identity, image?.faces[k]?.identity as Float32Array)).toBeGreaterThan(
          0.999,
        );
      }
      expect(dot(alone?.look as Float32Array, image?.look as Float32Array)).toBeGreaterThan(0.999);
    }
    expect(new Set(together.map(({ faces }) => faces.length)).size).toBeGreaterThan(1);
  });

  it('finds both characters of the illustration that the evaluation times', async () => {
    const path = join(folder, 'illustration.png');
    await writeFile(path, await drawIllustration({ width: 1920, height: 1080 }, 1));
    const [image] = await processor.infer([await prepare(path)], signal);
    expect(image).toMatchObject({ width: 1920, height: 1080 });
    expect(image?.faces).toHaveLength(2);
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
