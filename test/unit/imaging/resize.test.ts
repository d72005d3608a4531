import { describe, expect, it } from 'vitest';
import { neutralGrey, type Raster } from '../../../src/common/raster.ts';
import { cropSquare, letterbox, stretch } from '../../../src/engine/imaging/resize.ts';

function plain(width: number, height: number, value = 200): Raster {
  return { width, height, data: new Uint8Array(width * height * 3).fill(value) };
}

/** The first channel of one row. */
function row({ data, width }: Raster, y: number): number[] {
  return Array.from({ length: width }, (_, x) => data[(y * width + x) * 3] as number);
}

function column(raster: Raster, x: number): number[] {
  return Array.from({ length: raster.height }, (_, y) => row(raster, y)[x] as number);
}

const grey = (count: number) => Array<number>(count).fill(neutralGrey);
const white = (count: number) => Array<number>(count).fill(200);

describe('letterbox', () => {
  it('centres a wide picture between grey rows', async () => {
    const { raster, picture, scale, offsetX, offsetY } = await letterbox(plain(80, 30), {
      width: 40,
      height: 20,
    });
    expect([raster.width, raster.height, scale, offsetX, offsetY]).toEqual([40, 20, 0.5, 0, 2]);
    expect(column(raster, 11)).toEqual([...grey(2), ...white(15), ...grey(3)]);
    expect([picture.width, picture.height]).toEqual([40, 15]);
    expect(new Set(picture.data)).toEqual(new Set([200]));
  });

  it('centres a tall picture between grey columns', async () => {
    const { raster } = await letterbox(plain(10, 40), { width: 12, height: 20 });
    expect(row(raster, 7)).toEqual([...grey(3), ...white(5), ...grey(4)]);
  });

  it('copies nothing where there is nothing to change', async () => {
    const source = plain(32, 64);
    const { raster, picture } = await letterbox(source, { width: 32, height: 64 });
    expect(raster).toBe(source);
    expect(picture).toBe(source);
  });
});

describe('cropSquare', () => {
  it('fills with grey what reaches beyond the picture', async () => {
    const crop = await cropSquare(plain(40, 40), { x: -10, y: 30, width: 20, height: 20 }, 10);
    expect(row(crop, 2)).toEqual([...grey(5), ...white(5)]);
    expect(column(crop, 7)).toEqual([...white(5), ...grey(5)]);
  });

  it('is grey where the square lies outside', async () => {
    const crop = await cropSquare(plain(40, 40), { x: 60, y: 0, width: 20, height: 20 }, 4);
    expect(new Set(crop.data)).toEqual(new Set([neutralGrey]));
  });
});

describe('stretch', () => {
  it('takes the proportions asked for', async () => {
    const { width, height, data } = await stretch(plain(30, 30), { width: 20, height: 7 });
    expect([width, height, data.length]).toEqual([20, 7, 420]);
  });
});
