import { describe, expect, it } from 'vitest';
import { neutralGrey } from '../../../src/common/raster.ts';
import { decodeImage } from '../../../src/engine/imaging/decodeImage.ts';
import { flattenOnGrey } from '../../../src/engine/imaging/flatten.ts';
import {
  greyBackground,
  openBytes,
  openRaster,
  toRaster,
} from '../../../src/engine/imaging/sharp.ts';

/** Every alpha (from left to right) over 256 colours (from top to bottom). */
function sprite() {
  const side = 256;
  const colours = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const y = Math.floor(i / 3 / side);
    return [y, 255 - y, (y * 7) % 256][i % 3] as number;
  });
  const alpha = Buffer.from(Uint8Array.from({ length: side * side }, (_, i) => i % side));
  return openRaster({ data: colours, width: side, height: side }).joinChannel(alpha, {
    raw: { width: side, height: side, channels: 1 },
  });
}

describe('transparency', () => {
  it.each([
    ['PNG', () => sprite().png()],
    ['grey PNG', () => sprite().toColourspace('b-w').png()],
    ['PNG with a palette', () => sprite().png({ palette: true, effort: 1 })],
    ['PNG of 16 bits', () => sprite().toColourspace('rgb16').png()],
    ['WebP', () => sprite().webp({ lossless: true })],
    ['GIF', () => sprite().gif()],
    ['TIFF', () => sprite().tiff({ compression: 'lzw' })],
  ])('of %s is composited as libvips does it', async (_, encode) => {
    const bytes = await encode().toBuffer();
    const { raster } = await decodeImage(bytes, { maxPixels: 1e6 });
    const expected = await toRaster(
      openBytes(bytes).toColourspace('srgb').flatten({ background: greyBackground }),
    );
    expect([raster.width, raster.height]).toEqual([expected.width, expected.height]);
    expect(Buffer.compare(raster.data, expected.data)).toBe(0);
  });
});

describe('flattenOnGrey', () => {
  // More than is done at a time, and no multiple of what one step takes.
  it.each([
    [1, 1],
    [3, 2],
    [257, 131],
  ])('composites each of %i × %i pixels', (width, height) => {
    const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 2_654_435) >>> 8);
    const { raster, isTransparent } = flattenOnGrey({ data, width, height, channels: 4 });
    const expected = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3) * 4;
      const alpha = data[pixel + 3] as number;
      return Math.floor(
        ((data[pixel + (i % 3)] as number) * alpha + neutralGrey * (255 - alpha)) / 255,
      );
    });
    expect(Buffer.compare(raster.data, expected)).toBe(0);
    expect(isTransparent).toBe(true);
  });

  it.each([0, 40_000, 40_002])('notices the only transparent pixel, number %i', (pixel) => {
    const data = new Uint8Array(40_003 * 4).fill(255);
    const opaque = flattenOnGrey({ data, width: 40_003, height: 1, channels: 4 });
    expect(opaque.isTransparent).toBe(false);
    data[pixel * 4 + 3] = 254;
    const seen = flattenOnGrey({ data, width: 40_003, height: 1, channels: 4 });
    expect(seen.isTransparent).toBe(true);
  });
});

describe('a file with alpha', () => {
  const square = { data: new Uint8Array(4 * 4 * 3).fill(90), width: 4, height: 4 };
  const rgba = (alpha: number) =>
    openRaster(square)
      .joinChannel(Buffer.alloc(16, alpha), { raw: { width: 4, height: 4, channels: 1 } })
      .png()
      .toBuffer();

  it.each([
    [255, false],
    [254, true],
    [0, true],
  ])('of %i everywhere is transparent: %s', async (alpha, expected) => {
    const { isTransparent } = await decodeImage(await rgba(alpha), { maxPixels: 1e6 });
    expect(isTransparent).toBe(expected);
  });
});
