import { describe, expect, it } from 'vitest';
import { fromDecoder } from '../../../src/engine/imaging/decodeFailure.ts';
import { decodeImage } from '../../../src/engine/imaging/decodeImage.ts';
import { openFrames, openRaster, openRgba } from '../../../src/engine/imaging/sharp.ts';

const side = 32;
const options = { maxPixels: 1_000_000 };

/** Left half red, right half blue. */
const halves = {
  data: Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const isLeft = Math.floor(i / 3) % side < side / 2;
    return i % 3 === (isLeft ? 0 : 2) ? 255 : 0;
  }),
  width: side,
  height: side,
};

function pixel(data: Uint8Array, column: number, row = 0): number[] {
  const at = (row * side + column) * 3;
  return [...data.subarray(at, at + 3)];
}

/** Header of Microsoft's BMP, 2 palette entries (red, blue), and the coded runs. */
function runs(bits: 4 | 8, coded: readonly number[]): Buffer {
  const head = Buffer.alloc(62);
  head.write('BM');
  head.writeUInt32LE(62, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(side, 18);
  head.writeInt32LE(side, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(bits, 28);
  head.writeUInt32LE(bits === 8 ? 1 : 2, 30);
  head.set([0, 0, 255, 0, 255, 0, 0, 0], 54);
  return Buffer.concat([head, Buffer.from(coded)]);
}

describe('formats that other viewers read', () => {
  it.each([
    ['8', 8, [side / 2, 0, side / 2, 1, 0, 0]],
    ['4', 4, [side / 2, 0x00, side / 2, 0x11, 0, 0]],
    ['8 with absolute runs', 8, [side / 2 - 3, 0, 0, 3, 0, 0, 0, 0, side / 2, 1, 0, 0]],
  ] as const)('decodes a BMP of coded runs of %s bits', async (_, bits, row) => {
    const coded = [...Array.from({ length: side }, () => row).flat(), 0, 1];
    const { raster } = await decodeImage(runs(bits, coded), options);
    expect(pixel(raster.data, 0, 5)).toEqual([255, 0, 0]);
    expect(pixel(raster.data, side - 1, 5)).toEqual([0, 0, 255]);
  });

  it('refuses runs that end early or go on beyond the picture', async () => {
    for (const coded of [[4, 1], Array.from({ length: 400 }, () => 0)]) {
      await expect(decodeImage(runs(8, coded), options)).rejects.toMatchObject({
        code: 'image-damaged',
      });
    }
  });

  it('decodes the BMP of OS/2', async () => {
    const head = Buffer.alloc(26);
    head.write('BM');
    head.writeUInt32LE(26, 10);
    head.writeUInt32LE(12, 14);
    head.writeUInt16LE(side, 18);
    head.writeUInt16LE(side, 20);
    head.writeUInt16LE(1, 22);
    head.writeUInt16LE(24, 24);
    const rows = Buffer.from(halves.data);
    for (let at = 0; at < rows.length; at += 3) {
      rows.subarray(at, at + 3).reverse();
    }
    const { raster } = await decodeImage(Buffer.concat([head, rows]), options);
    expect(pixel(raster.data, 0)).toEqual([255, 0, 0]);
  });

  it('decodes a JPEG without its end mark, and refuses one that lacks more', async () => {
    const noisy = {
      ...halves,
      data: halves.data.map((value, i) => value ^ ((i * 7919) % 251)),
    };
    const whole = await openRaster(noisy).jpeg().toBuffer();
    const { raster } = await decodeImage(whole, options);
    for (const cut of [1, 2]) {
      const cutOff = await decodeImage(whole.subarray(0, -cut), options);
      expect(Buffer.from(cutOff.raster.data).equals(Buffer.from(raster.data))).toBe(true);
    }
    await expect(decodeImage(whole.subarray(0, whole.length / 2), options)).rejects.toMatchObject({
      code: 'image-damaged',
    });
  });

  it('takes an animated AVIF for its first picture', async () => {
    const avif = await openRaster(halves).avif().toBuffer();
    avif.write('avis', 8, 'latin1');
    expect(await decodeImage(avif, options)).toMatchObject({ format: 'avif', width: side });
  });

  it('takes the first frame of an animation that shows anything', async () => {
    const empty = { data: new Uint8Array(side * side * 4), width: side, height: side };
    const frames = [
      await openRgba({ ...empty, channels: 4 })
        .png()
        .toBuffer(),
      await openRaster(halves).ensureAlpha().png().toBuffer(),
    ];
    for (const animation of [
      openFrames(frames).gif(),
      openFrames(frames).webp({ lossless: true }),
    ]) {
      const { raster } = await decodeImage(await animation.toBuffer(), options);
      expect(pixel(raster.data, 0)[0]).toBeGreaterThan(240);
    }
  });
});

describe('the reason why a picture is refused', () => {
  it('sends people with a Git LFS pointer to git', async () => {
    const text = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n';
    await expect(decodeImage(Buffer.from(text), options)).rejects.toMatchObject({
      code: 'image-format',
      remedy: expect.stringContaining('git lfs pull'),
    });
  });

  it('names HEIC, and otherwise what the decoder said last', () => {
    const heic = fromDecoder(
      new Error('source: bad seek to 9\nheif: compression format has not been built in: HEVC (1)'),
    );
    expect(heic).toMatchObject({ code: 'image-format', message: expect.stringContaining('HEIC') });
    expect(heic.remedy).not.toContain('restore');
    expect(fromDecoder(new Error('source: bad seek\npng: cut off')).message).toContain('cut off');
  });
});
