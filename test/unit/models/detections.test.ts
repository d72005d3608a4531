import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { area, intersect, iou } from '../../../src/common/geometry.ts';
import {
  clampDetections,
  type Detection,
  decodeYolo,
  mergeTiles,
  minimumFacePx,
  suppressOverlaps,
  voteBoxes,
} from '../../../src/engine/models/detections.ts';

const options = { classes: 1, scoreThreshold: 0.5 };

const detections: fc.Arbitrary<Detection[]> = fc.array(
  fc.record({
    box: fc.record({
      x: fc.integer({ min: -20, max: 120 }),
      y: fc.integer({ min: -20, max: 120 }),
      width: fc.integer({ min: 1, max: 60 }),
      height: fc.integer({ min: 1, max: 60 }),
    }),
    score: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { maxLength: 30 },
);

describe('decodeYolo', () => {
  // Two anchors: centre (10, 20) size 4 × 6 score .9; centre (1, 2) size 2 × 2 score .1.
  const channelFirst = Float32Array.from([10, 1, 20, 2, 4, 2, 6, 2, 0.9, 0.1]);
  const rowFirst = Float32Array.from([10, 20, 4, 6, 0.9, 1, 2, 2, 2, 0.1]);

  it('reads [N, 5, A] and [N, A, 5] alike', () => {
    const first = decodeYolo({ data: channelFirst, shape: [1, 5, 2] }, 1, options);
    const second = decodeYolo({ data: rowFirst, shape: [1, 2, 5] }, 1, options);
    expect(first).toEqual([
      [{ box: { x: 8, y: 17, width: 4, height: 6 }, score: expect.closeTo(0.9, 6) }],
    ]);
    expect(second).toEqual(first);
  });

  it('takes the best of several classes', () => {
    const data = Float32Array.from([10, 20, 4, 6, 0.2, 0.8]);
    const [found] = decodeYolo({ data, shape: [1, 6, 1] }, 1, { ...options, classes: 2 });
    expect(found?.[0]?.score).toBeCloseTo(0.8, 6);
  });

  it('keeps the pictures of a batch apart', () => {
    const data = Float32Array.from([...channelFirst, ...channelFirst.map((v) => v / 2)]);
    const lists = decodeYolo({ data, shape: [2, 5, 2] }, 2, { ...options, scoreThreshold: 0.4 });
    expect(lists.map((list) => list[0]?.box.height)).toEqual([6, 3]);
  });

  it('leaves out boxes without area and numbers that are not finite', () => {
    const rows = [
      [10, 20, 0, 6, 0.9],
      [10, 20, 4, -1, 0.9],
      [Number.NaN, 20, 4, 6, 0.9],
      [10, Number.POSITIVE_INFINITY, 4, 6, 0.9],
      [10, 20, 4, 6, Number.NaN],
      [10, 20, 4, 6, 0.9],
    ];
    const data = Float32Array.from(rows.flat());
    expect(decodeYolo({ data, shape: [1, rows.length, 5] }, 1, options)[0]).toHaveLength(1);
  });

  it.each([[[1, 84, 10]], [[2, 5, 2]], [[5, 2]]])('refuses the shape %j', (shape) => {
    expect(() => decodeYolo({ data: channelFirst, shape }, 1, options)).toThrow(/output/);
  });
});

describe('suppressOverlaps', () => {
  it('keeps the best of boxes that overlap, in order of score', () => {
    fc.assert(
      fc.property(detections, fc.double({ min: 0, max: 1, noNaN: true }), (found, limit) => {
        const kept = suppressOverlaps(found, limit);
        expect(kept.map(({ score }) => score)).toEqual(
          kept.map(({ score }) => score).sort((a, b) => b - a),
        );
        for (const [i, a] of kept.entries()) {
          expect(kept.slice(i + 1).every((b) => iou(a.box, b.box) <= limit)).toBe(true);
        }
        const dropped = found.filter((one) => !kept.includes(one));
        for (const one of dropped) {
          const rivals = kept.filter(({ score }) => score >= one.score);
          expect(rivals.some(({ box }) => area(intersect(box, one.box)) > 0)).toBe(true);
        }
      }),
    );
  });
});

describe('two boxes of which one lies within the other', () => {
  const head = { box: { x: 0, y: 0, width: 100, height: 100 }, score: 0.5 };
  const within = (side: number) => ({
    box: { x: 10, y: 10, width: side, height: side },
    score: 0.6,
  });

  it('are one face when their sizes are alike', () => {
    expect(suppressOverlaps([head, within(60)], 0.5)).toEqual([within(60)]);
  });

  it('are two faces when one is much smaller', () => {
    expect(suppressOverlaps([head, within(30)], 0.5)).toHaveLength(2);
  });
});

describe('voteBoxes', () => {
  const at = (x: number, score: number): Detection => ({
    box: { x, y: 10, width: 40, height: 40 },
    score,
  });

  it('moves a box to the mean of those that saw its face, weighted by score', () => {
    const best = at(10, 0.9);
    const [voted] = voteBoxes([best], [best, at(14, 0.45), at(90, 0.8)]);
    expect(voted?.box.x).toBeCloseTo((0.9 * 10 + 0.45 * 14) / 1.35, 9);
    expect(voted?.box.width).toBeCloseTo(40, 9);
    expect(voted?.score).toBe(0.9);
  });

  it('keeps number, scores and order, and stays within what its voters span', () => {
    fc.assert(
      fc.property(detections, (found) => {
        const kept = suppressOverlaps(found, 0.5);
        const voted = voteBoxes(kept, found);
        expect(voted.map(({ score }) => score)).toEqual(kept.map(({ score }) => score));
        for (const [i, { box }] of voted.entries()) {
          expect(iou(box, (kept[i] as Detection).box)).toBeGreaterThan(0.5);
        }
      }),
    );
  });
});

describe('mergeTiles', () => {
  const whole = { box: { x: 100, y: 100, width: 50, height: 50 }, score: 0.8, cut: false };

  it('drops the part of a face that a tile cut off, whatever its score', () => {
    const part = { box: { x: 100, y: 100, width: 20, height: 50 }, score: 0.95, cut: true };
    expect(mergeTiles([part, whole], 0.5)).toEqual([{ box: whole.box, score: 0.8 }]);
  });

  it('keeps a cut face that no tile saw whole', () => {
    const part = { box: { x: 300, y: 100, width: 20, height: 50 }, score: 0.7, cut: true };
    expect(mergeTiles([part, whole], 0.5)).toHaveLength(2);
  });

  it('keeps a small face in front of a large one', () => {
    const small = { box: { x: 110, y: 110, width: 15, height: 15 }, score: 0.6, cut: false };
    expect(mergeTiles([whole, small], 0.5)).toHaveLength(2);
  });
});

describe('clampDetections', () => {
  it('leaves only boxes inside the picture that are large enough', () => {
    const size = { width: 100, height: 80 };
    fc.assert(
      fc.property(detections, (found) => {
        for (const { box } of clampDetections(found, size)) {
          expect(box.x).toBeGreaterThanOrEqual(0);
          expect(box.y).toBeGreaterThanOrEqual(0);
          expect(box.x + box.width).toBeLessThanOrEqual(size.width);
          expect(box.y + box.height).toBeLessThanOrEqual(size.height);
          expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(minimumFacePx);
        }
      }),
    );
  });
});
