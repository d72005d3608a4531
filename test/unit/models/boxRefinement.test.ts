import { describe, expect, it } from 'vitest';
import type { Box } from '../../../src/common/geometry.ts';
import { iou } from '../../../src/common/geometry.ts';
import type { Raster } from '../../../src/common/raster.ts';
import { greyRaster } from '../../../src/engine/imaging/resize.ts';
import {
  firstThreshold,
  refineBox,
  refinementRegion,
} from '../../../src/engine/models/boxRefinement.ts';
import { FaceDetector } from '../../../src/engine/models/faceDetector.ts';
import type { InferenceRunner } from '../../../src/engine/models/inferencePool.ts';
import { type DetectorSpec, loadManifest } from '../../../src/engine/models/manifest.ts';
import { yoloOutput } from './testModels.ts';

const { manifest } = await loadManifest(new URL('../../../models', import.meta.url).pathname);
const refinement = { viewSides: 3, sizePx: 160, scoreShare: 0.25 };

function moved(box: Box, x: number, y: number): Box {
  return { ...box, x: box.x + x, y: box.y + y };
}

describe('the region of a closer view', () => {
  it('is a square of whole pixels around the box, of so many longer sides', () => {
    const box = { x: 100.4, y: 50.2, width: 20, height: 31.2 };
    expect(refinementRegion(box, refinement)).toEqual({ x: 63, y: 19, width: 94, height: 94 });
  });

  it('reaches beyond the picture around a face at its edge', () => {
    const region = refinementRegion({ x: 0, y: 0, width: 40, height: 40 }, refinement);
    expect(region).toEqual({ x: -40, y: -40, width: 120, height: 120 });
  });
});

describe('a box that is placed anew', () => {
  const first = { box: { x: 200, y: 100, width: 40, height: 40 }, score: 0.5 };
  const region = refinementRegion(first.box, refinement);
  const inView = ({ x, y, width, height }: Box): Box => {
    const scale = refinement.sizePx / region.width;
    return {
      x: (x - region.x) * scale,
      y: (y - region.y) * scale,
      width: width * scale,
      height: height * scale,
    };
  };
  const refine = (...seen: [Box, number][]) =>
    refineBox(
      first,
      region,
      seen.map(([box, score]) => ({ box: inView(box), score })),
      refinement,
    );

  it('is the mean of both looks', () => {
    const { box } = refine([{ x: 204, y: 96, width: 36, height: 46 }, 0.9]);
    expect(iou(box, { x: 202, y: 98, width: 38, height: 43 })).toBeCloseTo(1, 5);
  });

  it('has the weighted geometric mean of both scores', () => {
    expect(refine([first.box, 0.9]).score).toBeCloseTo(0.5 ** 0.75 * 0.9 ** 0.25, 10);
  });

  it('takes all that the view says about the face, weighted by score', () => {
    const { box } = refine([moved(first.box, 3, 0), 0.75], [moved(first.box, -3, 0), 0.25]);
    expect(box.x).toBeCloseTo(first.box.x + 1.5 / 2, 5);
  });

  it('does not go over to a neighbour, however sure the view is of that', () => {
    const neighbour = moved(first.box, 30, 10);
    const { box } = refine([neighbour, 0.99], [moved(first.box, 2, 2), 0.3]);
    expect(iou(box, moved(first.box, 1, 1))).toBeCloseTo(1, 5);
  });

  it('stays and is no face where the closer view sees none', () => {
    expect(refine()).toEqual({ box: first.box, score: 0 });
  });

  it('keeps its score where the second one has no share', () => {
    const spec = { ...refinement, scoreShare: 0 };
    const refined = refineBox(first, region, [], spec);
    expect(refined).toEqual(first);
  });
});

describe('a detector with a closer look', () => {
  const threshold = 0.4;
  const spec: DetectorSpec = { ...manifest.detector, scoreThreshold: threshold, refinement };

  /** Sees boxes (input pixels) by the width of what it is shown and how much it was shown before. */
  function seeing(
    see: (width: number, before: number) => readonly (readonly [Box, number])[],
    shown: number[] = [],
  ): InferenceRunner {
    return {
      batchSize: () => 1,
      close: () => Promise.resolve(),
      run: async (_, views) => {
        const { width } = views[0] as Raster;
        const found = see(width, shown.length);
        shown.push(width);
        return yoloOutput(found);
      },
    };
  }
  const detectorThatSees = (...sees: Parameters<typeof seeing>) =>
    new FaceDetector(seeing(...sees), spec);

  const picture = greyRaster({ width: 448, height: 448 });
  const coarse = { x: 100, y: 100, width: 40, height: 40 };
  const centred = { x: 53.333, y: 53.333, width: 53.333, height: 53.333 };
  const detect = async (detector: FaceDetector) =>
    (await detector.detect([await detector.prepare(picture)]))[0];

  it('gives the faces of which both looks are sure enough, where the closer one has them', async () => {
    // 6 px of the picture to the right and up, of which the mean has half.
    const face = moved(centred, 8, -8);
    const found = await detect(
      detectorThatSees((width) => [[width === 160 ? face : coarse, width === 160 ? 0.8 : 0.5]]),
    );
    expect(found).toHaveLength(1);
    expect(found?.[0]?.box.x).toBeCloseTo(103, 0);
    expect(found?.[0]?.box.y).toBeCloseTo(97, 0);
    expect(found?.[0]?.score).toBeCloseTo(0.5 ** 0.75 * 0.8 ** 0.25, 5);
  });

  it('drops what a closer look does not take for a face', async () => {
    const found = await detect(
      detectorThatSees((width) => (width === 160 ? [[centred, 0.02]] : [[coarse, 0.6]])),
    );
    expect(found).toEqual([]);
  });

  it('finds a face that only a closer look makes sure', async () => {
    const least = firstThreshold(spec);
    expect(least).toBeLessThan(threshold);
    const see = (first: number) => (width: number) =>
      width === 160 ? ([[centred, 1]] as const) : ([[coarse, first]] as const);
    expect(await detect(detectorThatSees(see(least + 0.001)))).toHaveLength(1);
    const shown: number[] = [];
    expect(await detect(detectorThatSees(see(least - 0.001), shown))).toEqual([]);
    expect(shown).toEqual([448]);
  });

  it('joins two boxes that come to the same face', async () => {
    const other = moved(coarse, 28, 0);
    const first = [
      [coarse, 0.6],
      [other, 0.5],
    ] as const;
    const apart = detectorThatSees((width) => (width === 160 ? [[centred, 0.9]] : first));
    expect(await detect(apart)).toHaveLength(2);
    // 16.5 px of the picture to the right of the one and to the left of the other.
    const together = detectorThatSees((width, before) =>
      width === 160 ? [[moved(centred, before === 1 ? 22 : -22, 0), 0.9]] : first,
    );
    expect(await detect(together)).toHaveLength(1);
  });

  it('keeps the faces inside the picture', async () => {
    const corner = { x: 0, y: 0, width: 40, height: 40 };
    const found = await detect(
      detectorThatSees((width) => [[width === 160 ? moved(centred, -8, -8) : corner, 0.9]]),
    );
    expect(found?.[0]?.box).toMatchObject({ x: 0, y: 0 });
    expect(found?.[0]?.box.width).toBeCloseTo(37, 0);
  });

  it('leaves a face alone that it has seen larger than the view is', async () => {
    const shown: number[] = [];
    const large = { x: 100, y: 100, width: 170, height: 150 };
    const found = await detect(detectorThatSees(() => [[large, 0.41]], shown));
    expect(found).toEqual([{ box: large, score: expect.closeTo(0.41, 5) }]);
    expect(shown).toEqual([448]);
  });

  it('places a box alike whatever the threshold', async () => {
    const weak = { ...coarse, x: coarse.x + 6 };
    const see = () =>
      [
        [coarse, 0.5],
        [weak, 0.2],
      ] as const;
    const [strict, lax] = await Promise.all(
      [0.4, 0.1].map(async (scoreThreshold) => {
        const { refinement: _, ...firstLook } = spec;
        const detector = new FaceDetector(seeing(see), { ...firstLook, scoreThreshold });
        return detect(detector);
      }),
    );
    expect(strict).toEqual(lax);
    expect(strict?.[0]?.box.x).toBeGreaterThan(coarse.x + 1);
  });
});
