import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Raster } from '../../../src/common/raster.ts';
import { decodeImage } from '../../../src/engine/imaging/decodeImage.ts';
import { encodePng } from '../../../src/engine/imaging/encode.ts';
import { openBytes, openRaster, type Sharp } from '../../../src/engine/imaging/sharp.ts';
import {
  claimingBmp,
  claimingGif,
  claimingTiff,
  inflatingSvgz,
  laughingSvg,
  onePixelBitPng,
} from './hostileImages.ts';

const maxPixels = 268_402_689;

/** Red, green, blue and white quarters, of different widths and heights. */
function quarters(width = 60, height = 40): Raster {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data.set(colourAt(x / width, y / height), (y * width + x) * 3);
    }
  }
  return { data, width, height };
}

/** Colours that can also be printed, so that CMYK keeps them. */
const colours = {
  red: [200, 60, 50],
  green: [70, 150, 80],
  blue: [60, 70, 140],
  white: [235, 235, 235],
};

function colourAt(x: number, y: number): number[] {
  if (y < 0.5) {
    return x < 0.5 ? colours.red : colours.green;
  }
  return x < 0.5 ? colours.blue : colours.white;
}

function pixel({ data, width }: Raster, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

/** The four quarters in reading order, named by the nearest of the colours. */
function seen(raster: Raster): string[] {
  return [0.25, 0.75].flatMap((y) =>
    [0.25, 0.75].map((x) => {
      const found = pixel(raster, Math.floor(x * raster.width), Math.floor(y * raster.height));
      const distance = (colour: number[]) =>
        colour.reduce((sum, value, i) => sum + Math.abs(value - (found[i] ?? 0)), 0);
      const [nearest] = Object.entries(colours).sort(([, a], [, b]) => distance(a) - distance(b));
      return nearest !== undefined && distance(nearest[1]) < 60 ? nearest[0] : String(found);
    }),
  );
}

const upright = ['red', 'green', 'blue', 'white'];
const decode = (bytes: Uint8Array) => decodeImage(bytes, { maxPixels });
const drawn = (raster = quarters()) => openRaster(raster);
const codeOf = (bytes: Uint8Array) =>
  decode(bytes).then(
    () => 'decoded',
    (error: { code: string }) => error.code,
  );

describe('decodeImage: formats', () => {
  const encoders: Record<string, (image: Sharp) => Sharp> = {
    png: (image) => image.png(),
    'png of 16 bits': (image) => image.toColourspace('rgb16').png(),
    'png with palette': (image) => image.png({ palette: true }),
    jpeg: (image) => image.jpeg({ quality: 95 }),
    'progressive jpeg': (image) => image.jpeg({ progressive: true }),
    'jpeg in CMYK': (image) => image.toColourspace('cmyk').jpeg({ quality: 95 }),
    webp: (image) => image.webp({ lossless: true }),
    avif: (image) => image.avif({ quality: 90, effort: 0 }),
    gif: (image) => image.gif(),
    tiff: (image) => image.tiff(),
    'tiff of 16 bits': (image) => image.toColourspace('rgb16').tiff(),
    'tiff in CMYK': (image) => image.toColourspace('cmyk').tiff({ compression: 'lzw' }),
  };
  for (const [name, encode] of Object.entries(encoders)) {
    it(`reads ${name}`, async () => {
      const { raster, width, height } = await decode(await encode(drawn()).toBuffer());
      expect([width, height]).toEqual([60, 40]);
      expect(seen(raster)).toEqual(upright);
    });
  }

  it('reads the first frame of an animation', async () => {
    const frames = [...quarters().data, ...new Uint8Array(60 * 40 * 3)];
    const strip = drawn({ data: Uint8Array.from(frames), width: 60, height: 80 });
    const pages = await strip.png().toBuffer();
    for (const format of ['gif', 'webp'] as const) {
      const bytes = await openBytes(pages)
        .toFormat(format, { pageHeight: 40 } as object)
        .toBuffer();
      const { raster } = await decode(bytes);
      expect(seen({ ...raster, height: Math.min(40, raster.height) })).toEqual(upright);
    }
  });

  it('shows transparent pixels as neutral grey, whatever colour lies below', async () => {
    const { data, width, height } = quarters();
    const rgba = new Uint8Array(width * height * 4);
    for (let i = 0; i < width * height; i++) {
      rgba.set([...data.subarray(i * 3, i * 3 + 3), i % width < 30 ? 255 : 0], i * 4);
    }
    const sprite = openBytes(
      await drawn()
        .joinChannel(Buffer.from(rgba.filter((_, i) => i % 4 === 3)), {
          raw: { width, height, channels: 1 },
        })
        .png()
        .toBuffer(),
    );
    const { raster } = await decode(await sprite.png().toBuffer());
    expect(pixel(raster, 10, 10)).toEqual(colours.red);
    const [r, g, b] = pixel(raster, 50, 10);
    expect([r, g]).toEqual([g, b]);
    expect(r).toBeGreaterThan(100);
    expect(r).toBeLessThan(156);
  });

  it('reads a picture of one pixel', async () => {
    const { raster } = await decode(await encodePng(quarters(1, 1)));
    expect([raster.width, raster.height]).toEqual([1, 1]);
  });
});

describe('decodeImage: EXIF orientation', () => {
  // How an upright picture is stored under each value (EXIF 2.32, tag 0x0112).
  const stored: Record<number, (image: Sharp) => Promise<Sharp>> = {
    1: async (image) => image,
    2: async (image) => image.flop(),
    3: async (image) => image.rotate(180),
    4: async (image) => image.flip(),
    5: async (image) => openBytes(await image.rotate(90).png().toBuffer()).flop(),
    6: async (image) => image.rotate(270),
    7: async (image) => openBytes(await image.rotate(90).png().toBuffer()).flip(),
    8: async (image) => image.rotate(90),
  };
  for (const [value, store] of Object.entries(stored)) {
    it(`turns a picture of orientation ${value} upright`, async () => {
      const turned = await (await store(drawn())).png().toBuffer();
      const bytes = await openBytes(turned)
        .withMetadata({ orientation: Number(value) })
        .jpeg({ quality: 95 })
        .toBuffer();
      const { raster, width, height } = await decode(bytes);
      expect([width, height]).toEqual([60, 40]);
      expect(seen(raster)).toEqual(upright);
    });
  }
});

describe('decodeImage: hostile files', () => {
  it('refuses a picture of 30,000 × 30,000 pixels before it takes the memory', async () => {
    const bomb = onePixelBitPng(30_000, 30_000);
    expect(bomb.length).toBeLessThan(200_000);
    const before = process.memoryUsage().rss;
    expect(await codeOf(bomb)).toBe('image-too-large');
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  it('refuses headers that claim too much, in every format', async () => {
    for (const bytes of [
      claimingGif(65_000, 65_000),
      claimingBmp(60_000, 60_000),
      claimingTiff(60_000, 60_000),
    ]) {
      expect(await codeOf(bytes)).toBe('image-too-large');
    }
    expect(await codeOf(claimingBmp(-5, 5))).toBe('image-damaged');
  });

  it('refuses what inflates or expands without end', async () => {
    expect(await codeOf(inflatingSvgz())).toBe('image-too-large');
    expect(await codeOf(laughingSvg())).not.toBe('decoded');
  });

  it('refuses every truncation of a picture rather than recording half of it', async () => {
    const noise = quarters(64, 64);
    for (let i = 0; i < noise.data.length; i++) {
      noise.data[i] = (i * 2654435761) >>> 24;
    }
    for (const format of ['png', 'jpeg', 'webp', 'gif', 'tiff'] as const) {
      const whole = await openRaster(noise).toFormat(format).toBuffer();
      for (const share of [0.05, 0.3, 0.6, 0.9]) {
        const code = await codeOf(whole.subarray(0, Math.floor(whole.length * share)));
        expect([format, share, code]).toEqual([
          format,
          share,
          expect.stringMatching(/^image-(damaged|format)$/),
        ]);
      }
    }
  });

  it('refuses what is no picture', async () => {
    for (const text of ['', 'no picture', '<html></html>', '%PDF-1.7', 'GIF89a', 'BM', '\x89PNG']) {
      expect(await codeOf(Buffer.from(text, 'latin1'))).toMatch(/^image-(damaged|format)$/);
    }
  });

  it('draws an SVG without reading other files or asking the network', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'svg-'));
    let requests = 0;
    const server = createServer((_request, response) => {
      requests++;
      response.end();
    }).listen(0, '127.0.0.1');
    try {
      const secret = join(folder, 'secret.png');
      await writeFile(secret, await encodePng(quarters()));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.png`;
      const svg = [
        '<?xml version="1.0"?>',
        `<?xml-stylesheet href="${url}"?>`,
        `<!DOCTYPE svg [<!ENTITY secret SYSTEM "${pathToFileURL(secret)}">]>`,
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="60" height="40">',
        '<rect width="60" height="40" fill="rgb(60, 70, 140)"/>',
        ...[secret, pathToFileURL(secret).href, 'secret.png', url].map(
          (href) => `<image xlink:href="${href}" href="${href}" width="60" height="40"/>`,
        ),
        `<style>@import "${url}";</style>`,
        '</svg>',
      ].join('\n');
      const { raster } = await decode(Buffer.from(svg));
      expect(seen(raster)).toEqual(['blue', 'blue', 'blue', 'blue']);
      expect(requests).toBe(0);
    } finally {
      server.close();
      await rm(folder, { recursive: true });
    }
  });
});
