import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box, Size } from '../../../src/common/geometry.ts';
import type { Raster } from '../../../src/common/raster.ts';
import { resample } from '../../../src/engine/imaging/resample.ts';

/** Random pixels; the same seed gives the same. */
function noise(width: number, height: number, seed = 1): Raster {
  let state = seed;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  return { data, width, height };
}

const whole = ({ width, height }: Size): Box => ({ x: 0, y: 0, width, height });

/** Keys' cubic kernel with a = −0.5. */
function catmullRom(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) {
    return 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
  }
  return x < 2 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 0;
}

/** Shares of the source's pixels in pixel `i` of the result, from the definitions alone. */
function shares(i: number, from: number, to: number): [index: number, share: number][] {
  const factor = from / to;
  const share = (index: number) =>
    from > to
      ? Math.max(0, Math.min(index + 1, (i + 1) * factor) - Math.max(index, i * factor))
      : catmullRom(index + 0.5 - (i + 0.5) * factor);
  const all = Array.from({ length: from }, (_, index): [number, number] => [index, share(index)]);
  const sum = all.reduce((total, [, value]) => total + value, 0);
  return all.filter(([, value]) => value !== 0).map(([index, value]) => [index, value / sum]);
}

/** The same in exact numbers, one pixel at a time. */
function exactly({ data, width }: Raster, region: Box, size: Size): number[] {
  const columns = Array.from({ length: size.width }, (_, x) => shares(x, region.width, size.width));
  const rows = Array.from({ length: size.height }, (_, y) => shares(y, region.height, size.height));
  return rows.flatMap((down) =>
    columns.flatMap((across) =>
      [0, 1, 2].map((channel) => {
        let sum = 0;
        for (const [row, shareDown] of down) {
          for (const [column, shareAcross] of across) {
            const at = ((region.y + row) * width + region.x + column) * 3 + channel;
            sum += shareDown * shareAcross * (data[at] as number);
          }
        }
        return Math.min(255, Math.max(0, sum));
      }),
    ),
  );
}

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? 0))), 0);
}

/** Rounding to a level, and what fixed-point numbers lose. */
const tolerance = 1;

describe('resample', () => {
  it('is within one level of the exact result, for any region and size', async () => {
    const side = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({ width: side, height: side, toWidth: side, toHeight: side }),
        fc.record({ x: fc.nat(5), y: fc.nat(5), right: fc.nat(5), bottom: fc.nat(5) }),
        fc.integer(),
        async ({ width, height, toWidth, toHeight }, { x, y, right, bottom }, seed) => {
          const raster = noise(x + width + right, y + height + bottom, seed);
          const region = { x, y, width, height };
          const size = { width: toWidth, height: toHeight };
          const { data } = await resample(raster, region, size);
          expect(farthest(data, exactly(raster, region, size))).toBeLessThanOrEqual(tolerance);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('stays exact where thousands of pixels become one', async () => {
    const raster = noise(5_000, 3);
    const size = { width: 7, height: 2 };
    const { data } = await resample(raster, whole(raster), size);
    expect(farthest(data, exactly(raster, whole(raster), size))).toBeLessThanOrEqual(tolerance);
  });

  it('leaves the size that a picture has as it is', async () => {
    const raster = noise(37, 23);
    const { data } = await resample(raster, whole(raster), { width: 37, height: 23 });
    expect(Buffer.compare(data, raster.data)).toBe(0);
  });

  it.each([
    [300, 200, 64, 31],
    [64, 31, 300, 200],
    [5000, 3, 7, 3],
    [3, 5000, 3, 7],
  ])('keeps one colour what it is, from %i × %i to %i × %i', async (w, h, width, height) => {
    const raster = { data: new Uint8Array(w * h * 3).fill(203), width: w, height: h };
    const { data } = await resample(raster, whole(raster), { width, height });
    expect(new Set(data)).toEqual(new Set([203]));
  });

  it('does not displace an edge when it enlarges', async () => {
    const row = [0, 0, 0, 0, 255, 255, 255, 255].flatMap((value) => [value, value, value]);
    const raster = { data: Uint8Array.from(row), width: 8, height: 1 };
    const { data } = await resample(raster, whole(raster), { width: 16, height: 1 });
    const levels = Array.from({ length: 16 }, (_, x) => data[x * 3] as number);
    expect(levels.map((_, x) => 255 - (levels[15 - x] as number))).toEqual(levels);
  });

  it('mixes up nothing where large pictures are done in turns', async () => {
    const pictures = [1, 2, 3].map((seed) => noise(2_000, 1_500, seed));
    const size = { width: 300, height: 225 };
    const alone: Raster[] = [];
    for (const picture of pictures) {
      alone.push(await resample(picture, whole(picture), size));
    }
    const together = await Promise.all(
      pictures.map((picture) => resample(picture, whole(picture), size)),
    );
    expect(together.map(({ data }, i) => Buffer.compare(data, alone[i]?.data ?? data))).toEqual([
      0, 0, 0,
    ]);
    const [picture] = pictures as [Raster];
    const corner = { x: 1_900, y: 1_400, width: 100, height: 100 };
    const small = await resample(picture, corner, { width: 9, height: 9 });
    expect(
      farthest(small.data, exactly(picture, corner, { width: 9, height: 9 })),
    ).toBeLessThanOrEqual(tolerance);
  });

  it('takes a row as long as a picture may have', async () => {
    const raster = noise(65_535, 3);
    const { data } = await resample(raster, whole(raster), { width: 448, height: 1 });
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    expect(mean).toBeGreaterThan(120);
    expect(mean).toBeLessThan(135);
  });
});
