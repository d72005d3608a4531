import { describe, expect, it } from 'vitest';
import { type Box, type Size, scaleBox } from '../../../src/common/geometry.ts';
import { greyRaster } from '../../../src/engine/imaging/resize.ts';
import { FaceDetector } from '../../../src/engine/models/faceDetector.ts';
import type { InferenceRunner } from '../../../src/engine/models/inferencePool.ts';
import { loadManifest } from '../../../src/engine/models/manifest.ts';
import { yoloOutput } from './testModels.ts';

const models = new URL('../../../models', import.meta.url).pathname;
const { manifest } = await loadManifest(models);

/** A detector that sees the given faces (pixels of the picture) in every view, each with its score. */
function detectorThatSees(picture: Size, faces: (view: Size) => [Box, number][]): FaceDetector {
  const runner: InferenceRunner = {
    batchSize: () => 4,
    close: () => Promise.resolve(),
    run: async (_, [view]) => {
      const { width, height } = view as Size;
      const scale = Math.min(width / picture.width, height / picture.height);
      const [left, top] = [width - scale * picture.width, height - scale * picture.height].map(
        (border) => Math.floor(border / 2),
      ) as [number, number];
      const inView = (box: Box): Box => {
        const { x, y, ...size } = scaleBox(box, scale);
        return { x: left + x, y: top + y, ...size };
      };
      return yoloOutput(faces({ width, height }).map(([box, score]) => [inView(box), score]));
    },
  };
  // The closer look at each face would see other pictures than these.
  const { refinement, ...firstLook } = manifest.detector;
  return new FaceDetector(runner, firstLook);
}

describe('the finer view of a large picture', () => {
  const picture = { width: 2000, height: 2000 };
  const small = { x: 1500, y: 300, width: 60, height: 70 };
  const large = { x: 200, y: 400, width: 1000, height: 1200 };
  const isFiner = ({ width }: Size) => width > manifest.detector.input.width;

  async function detect(faces: (view: Size) => [Box, number][]) {
    const detector = detectorThatSees(picture, faces);
    const [found] = await detector.detect([await detector.prepare(greyRaster(picture))]);
    return found?.map(({ box, score }) => ({
      score: expect.closeTo(score, 5),
      box: Object.fromEntries(
        Object.entries(box).map(([side, value]) => [side, expect.closeTo(value, 0)]),
      ),
    }));
  }

  it('adds the small faces that only it shows', async () => {
    const found = await detect((view) => (isFiner(view) ? [[small, 0.8]] : [[large, 0.7]]));
    expect(found).toEqual([
      { box: small, score: 0.8 },
      { box: large, score: 0.7 },
    ]);
  });

  it('leaves large faces to the common view, however sure it is of others', async () => {
    const wrong = { x: 900, y: 100, width: 900, height: 900 };
    const found = await detect((view) => (isFiner(view) ? [[wrong, 0.95]] : [[large, 0.7]]));
    expect(found).toEqual([{ box: large, score: 0.7 }]);
  });

  it('places small faces, however sure the common view is of them', async () => {
    const near = { ...small, x: small.x + 40 };
    const found = await detect((view) => [isFiner(view) ? [near, 0.5] : [small, 0.9]]);
    expect(found).toEqual([{ box: near, score: 0.5 }]);
  });

  it('gives a face of middling size that both show once, as the surer one has it', async () => {
    const middling = { x: 700, y: 700, width: 500, height: 550 };
    const near = { ...middling, x: middling.x + 40 };
    const found = await detect((view) => [isFiner(view) ? [near, 0.9] : [middling, 0.5]]);
    expect(found).toEqual([{ box: near, score: 0.9 }]);
  });
});
