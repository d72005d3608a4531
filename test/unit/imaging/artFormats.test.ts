import { writePsdBuffer } from 'ag-psd';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/engine/imaging/decodeImage.ts';
import { encodeTransparentWebp } from '../../../src/engine/imaging/transparentPicture.ts';
import { archive, artFiles, psd, tga } from '../../support/artFiles.ts';

const [width, height] = [48, 32];
const maxPixels = 1_000_000;

/** Left half red, right half blue; the lower rows are transparent. */
const pixels = Uint8Array.from({ length: width * height * 4 }, (_, i) => {
  const [x, y] = [Math.floor(i / 4) % width, Math.floor(i / 4 / width)];
  const isRed = x < width / 2;
  return [isRed ? 220 : 20, 40, isRed ? 20 : 220, y < height / 2 ? 255 : 0][i % 4] ?? 0;
});
const rgba = { data: pixels, width, height, channels: 4 } as const;
const opaque = pixels.map((value, i) => (i % 4 === 3 ? 255 : value));
const opaquePsd = () => psd(rgba, opaque);

const files = await artFiles(rgba);

describe('the formats that artists save in', () => {
  it.each(files)('decodes a $format with its transparency', async ({ format, bytes }) => {
    const decoded = await decodeImage(bytes, { maxPixels });
    expect(decoded).toMatchObject({ width, height, format, isTransparent: true, scale: 1 });
    const { data } = decoded.raster;
    expect([...data.subarray(0, 3)]).toEqual([220, 40, 20]);
    expect([...data.subarray((width - 1) * 3, width * 3)]).toEqual([20, 40, 220]);
    expect([...data.subarray(-3)]).toEqual([114, 114, 114]);
    const webp = await encodeTransparentWebp(
      bytes,
      { ...decoded, rgba: format === 'kra' || format === 'ora' ? null : decoded.rgba },
      { maxSidePx: 24, maxPixels },
    );
    expect(webp.length).toBeGreaterThan(20);
  });

  it.each(files)(
    'shrinks a $format to what is worked on, and says its full size',
    async ({ bytes }) => {
      const decoded = await decodeImage(bytes, { maxPixels, maxWorkingPixels: 400 });
      expect(decoded).toMatchObject({ width, height });
      expect(decoded.raster.data.length).toBeLessThanOrEqual(400 * 3);
      expect(decoded.raster.data[0]).toBeGreaterThan(180);
    },
  );

  it.each(files)('refuses a $format of too many pixels, and one that is cut', async ({ bytes }) => {
    await expect(decodeImage(bytes, { maxPixels: 100 })).rejects.toMatchObject({
      code: 'image-too-large',
    });
    const cut = bytes.subarray(0, Math.floor(bytes.length * 0.6));
    await expect(decodeImage(cut, { maxPixels })).rejects.toMatchObject({ code: 'image-damaged' });
  });
});

describe('a PSD', () => {
  it('takes a fourth channel for a selection where no layer says that it is transparency', async () => {
    const decoded = await decodeImage(opaquePsd(), { maxPixels });
    expect(decoded.isTransparent).toBe(false);
  });

  it('of CMYK is whole: the remedy is another colour mode', async () => {
    const bytes = opaquePsd();
    bytes.writeUInt16BE(4, 24);
    await expect(decodeImage(bytes, { maxPixels })).rejects.toMatchObject({
      code: 'image-format',
      remedy: expect.stringContaining('convert it to RGB'),
    });
  });

  it('without a composite says which setting writes one', async () => {
    const bytes = writePsdBuffer({
      width,
      height,
      imageData: { width, height, data: new Uint8ClampedArray(pixels.length).fill(255) },
      imageResources: {
        versionInfo: {
          hasRealMergedData: false,
          writerName: 'a',
          readerName: 'a',
          fileVersion: 1,
        },
      },
    });
    await expect(decodeImage(bytes, { maxPixels })).rejects.toMatchObject({
      code: 'image-format',
      remedy: expect.stringContaining('Maximize Compatibility'),
    });
  });

  it.each([16, 32])('of %d bits is decoded, of runs as well', async (bits) => {
    const samples = [3 * 2 ** (bits - 2)];
    const head = Buffer.alloc(26 + 12);
    head.write('8BPS');
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(3, 12);
    head.writeUInt32BE(2, 14);
    head.writeUInt32BE(2, 18);
    head.writeUInt16BE(bits, 22);
    head.writeUInt16BE(3, 24);
    const sample = Buffer.alloc(bits / 8);
    if (bits === 16) {
      sample.writeUInt16BE(samples[0] ?? 0);
    } else {
      sample.writeFloatBE(1);
    }
    const row = Buffer.concat([sample, sample]);
    const raw = Buffer.concat([head, Buffer.from([0, 0]), ...Array.from({ length: 6 }, () => row)]);
    const counts = Buffer.concat(Array.from({ length: 6 }, () => Buffer.from([0, row.length + 1])));
    const coded = Array.from({ length: 6 }, () =>
      Buffer.concat([Buffer.from([row.length - 1]), row]),
    );
    const packed = Buffer.concat([head, Buffer.from([0, 1]), counts, ...coded]);
    for (const bytes of [raw, packed]) {
      const { raster } = await decodeImage(bytes, { maxPixels });
      expect(raster.data).toEqual(new Uint8Array(12).fill(bits === 16 ? 192 : 255));
    }
    await expect(decodeImage(packed.subarray(0, -3), { maxPixels })).rejects.toMatchObject({
      code: 'image-damaged',
    });
  });
});

describe('an archive of layers', () => {
  it('is refused where it was saved without its merged picture', async () => {
    const bytes = await archive('application/zip', { 'maindoc.xml': Buffer.from('<DOC/>') });
    await expect(decodeImage(bytes, { maxPixels })).rejects.toMatchObject({
      code: 'image-format',
      message: expect.stringContaining('mergedimage.png'),
    });
  });

  it('that claims less than it decompresses to, or more than is allowed, is refused', async () => {
    const bomb = await archive('image/openraster', {
      'mergedimage.png': Buffer.alloc(4_000_000),
    });
    const sizeAt = bomb.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1')) + 24;
    for (const [claimed, code] of [
      [1_000, 'image-damaged'],
      [0x7fffffff, 'image-too-large'],
    ] as const) {
      const bytes = Buffer.from(bomb);
      bytes.writeUInt32LE(claimed, sizeAt);
      await expect(decodeImage(bytes, { maxPixels })).rejects.toMatchObject({ code });
    }
  });
});

describe('a TGA', () => {
  it('of a palette or of greys is decoded', async () => {
    const grey = Buffer.alloc(18 + 4);
    grey[2] = 3;
    grey.writeUInt16LE(2, 12);
    grey.writeUInt16LE(2, 14);
    grey[16] = 8;
    grey.set([10, 20, 30, 40], 18);
    const decodedGrey = await decodeImage(grey, { maxPixels });
    // Rows are stored from the bottom.
    expect([...decodedGrey.raster.data]).toEqual([30, 30, 30, 40, 40, 40, 10, 10, 10, 20, 20, 20]);
    const palette = Buffer.concat([
      grey.subarray(0, 18),
      Buffer.from([0, 0, 200, 0, 90, 0, 1, 0, 1, 1]),
    ]);
    palette[1] = 1;
    palette[2] = 1;
    palette.writeUInt16LE(2, 5);
    palette[7] = 24;
    const { raster } = await decodeImage(palette, { maxPixels });
    expect([...raster.data.subarray(0, 6)]).toEqual([0, 90, 0, 0, 90, 0]);
  });

  it('whose alpha is 0 everywhere is opaque', async () => {
    const bytes = tga(rgba, 2, (bgra) => bgra.map((value, i) => (i % 4 === 3 ? 0 : value)));
    expect((await decodeImage(bytes, { maxPixels })).isTransparent).toBe(false);
  });

  it('is not what text or noise is taken for', async () => {
    for (const text of [
      'hello, this is a text and no picture',
      '\u0000\u0000\u0001\u0000icon icon icon icon',
    ]) {
      await expect(decodeImage(Buffer.from(text), { maxPixels })).rejects.toMatchObject({
        code: 'image-format',
      });
    }
  });
});
