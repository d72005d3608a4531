import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Size } from '../../../src/common/geometry.ts';
import { detectorInputSize, detectorViews } from '../../../src/engine/models/detectorView.ts';
import type { InputSpec } from '../../../src/engine/models/manifest.ts';

const input: InputSpec = {
  name: 'images',
  layout: 'NCHW',
  colourOrder: 'RGB',
  width: 640,
  height: 640,
  dynamicSize: true,
  sizeMultiple: 32,
  mean: [0, 0, 0],
  std: [255, 255, 255],
};
const sides = fc.integer({ min: 1, max: 20_000 });

describe('detectorInputSize', () => {
  it('is the size of the model where that is fixed', () => {
    expect(detectorInputSize({ width: 10, height: 900 }, { ...input, dynamicSize: false })).toEqual(
      { width: 640, height: 640 },
    );
  });

  it("is larger than the model's side for a wide picture, which needs no square", () => {
    expect(detectorInputSize({ width: 1920, height: 1080 }, input)).toEqual({
      width: 800,
      height: 480,
    });
  });

  it('enlarges icons, but no picture that is large enough', () => {
    const widths = [32, 100, 200, 300].map(
      (side) => detectorInputSize({ width: side, height: side }, input).width,
    );
    expect(widths).toEqual([64, 224, 256, 320]);
  });

  it('is a multiple of what the model needs, with about as many pixels as its own input', () => {
    fc.assert(
      fc.property(sides, sides, (width, height) => {
        const size = detectorInputSize({ width, height }, input);
        for (const side of [size.width, size.height]) {
          expect(side % 32).toBe(0);
          expect(side).toBeGreaterThanOrEqual(32);
          expect(side).toBeLessThanOrEqual(800);
        }
        // Rounding adds less than one step to a side.
        expect((size.width - 32) * (size.height - 32)).toBeLessThan(640 * 640);
      }),
    );
  });
});

describe('detectorViews', () => {
  const whole = (width: number, height: number) => ({ x: 0, y: 0, width, height });

  it.each([
    [1280, 720],
    [1920, 1080],
    [1200, 1500],
    [32, 32],
    [600, 1600],
  ])('shows %d × %d once, as a whole', (width, height) => {
    const views = detectorViews({ width, height }, input);
    expect(views.map(({ region }) => region)).toEqual([whole(width, height)]);
  });

  it('shows 1,920 × 1,080 once with the size of the shipped model, which must be done in time', () => {
    const shipped = { ...input, width: 448, height: 448 };
    expect(detectorViews({ width: 1920, height: 1080 }, shipped)).toHaveLength(1);
    expect(detectorViews({ width: 2160, height: 1215 }, shipped)).toHaveLength(2);
  });

  it.each([
    [3200, 1800],
    [3840, 2160],
  ])('shows %d × %d once more for its small faces', (width, height) => {
    const [first, finer, ...more] = detectorViews({ width, height }, input);
    expect(more).toEqual([]);
    expect(first?.longestPx).toBe(Number.POSITIVE_INFINITY);
    expect(finer).toMatchObject({ region: whole(width, height), longestPx: 320 });
    const pixels = (inputSize: Size) => inputSize.width * inputSize.height;
    const ratio = pixels(finer?.inputSize as Size) / pixels(first?.inputSize as Size);
    expect(ratio).toBeGreaterThan(1.7);
    expect(ratio).toBeLessThan(2.2);
  });

  it('has one view where the size of the model is fixed', () => {
    const fixed = { ...input, dynamicSize: false };
    expect(detectorViews({ width: 3840, height: 2160 }, fixed)).toHaveLength(1);
  });

  it('covers every pixel of a large or long picture with tiles inside it', () => {
    fc.assert(
      fc.property(sides, sides, (width, height) => {
        fc.pre(width * height < 13e6);
        const [first, ...others] = detectorViews({ width, height }, input);
        expect(first?.region).toEqual(whole(width, height));
        const tiles = others.map(({ region }) => region);
        for (const tile of tiles) {
          expect(tile.x + tile.width).toBeLessThanOrEqual(width);
          expect(tile.y + tile.height).toBeLessThanOrEqual(height);
        }
        if (tiles.length > 0) {
          expect(Math.max(...tiles.map((tile) => tile.x + tile.width))).toBe(width);
          expect(Math.max(...tiles.map((tile) => tile.y + tile.height))).toBe(height);
        }
      }),
    );
  });
});
