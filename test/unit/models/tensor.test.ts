import { describe, expect, it } from 'vitest';
import { type Normalisation, tensorFiller } from '../../../src/engine/models/tensor.ts';

// Two pictures of 2 × 1 pixels.
const batch = {
  pixels: Uint8Array.from([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120]),
  count: 2,
  width: 2,
  height: 1,
};
const plain: Normalisation = {
  layout: 'NCHW',
  colourOrder: 'RGB',
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

describe('tensorFiller', () => {
  it('lays channels out as planes for NCHW', () => {
    const { data, shape } = tensorFiller(plain)(batch);
    expect(shape).toEqual([2, 3, 1, 2]);
    expect([...data]).toEqual([10, 40, 20, 50, 30, 60, 70, 100, 80, 110, 90, 120]);
  });

  it('keeps channels together for NHWC', () => {
    const { data, shape } = tensorFiller({ ...plain, layout: 'NHWC' })(batch);
    expect(shape).toEqual([2, 1, 2, 3]);
    expect([...data]).toEqual([...batch.pixels]);
  });

  it('swaps red and blue for BGR and normalises in the order of the model', () => {
    const fill = tensorFiller({
      layout: 'NHWC',
      colourOrder: 'BGR',
      mean: [30, 20, 10],
      std: [1, 2, 10],
    });
    const { data } = fill(batch);
    expect([...data.subarray(0, 6)]).toEqual([0, 0, 0, 30, 15, 3]);
  });

  it('uses its memory again, also for a smaller batch', () => {
    const fill = tensorFiller(plain);
    const first = fill(batch);
    const second = fill({ ...batch, pixels: batch.pixels.subarray(0, 6), count: 1 });
    expect(second.data.buffer).toBe(first.data.buffer);
    expect(second.data).toHaveLength(6);
    expect([...second.data]).toEqual([10, 40, 20, 50, 30, 60]);
  });
});
