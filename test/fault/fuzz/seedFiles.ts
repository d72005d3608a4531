import { gzipSync } from 'node:zlib';
import { openFrames, openRaster, type Sharp } from '../../../src/engine/imaging/sharp.ts';
import { Random } from '../../../tools/sample/random.ts';
import { artFiles } from '../../support/artFiles.ts';

/** A well-formed file that mutations begin with. */
export interface SeedFile {
  readonly name: string;
  readonly ending: string;
  readonly bytes: Uint8Array;
}

const width = 56;
const height = 40;

function picture(seed: number): Sharp {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    i % 7 === 0 ? random.integer(0, 255) : (i * 3) % 256,
  );
  return openRaster({ data, width, height });
}

const encoders: readonly [name: string, ending: string, encode: (image: Sharp) => Sharp][] = [
  ['png', 'png', (image) => image.png()],
  ['png with palette', 'png', (image) => image.png({ palette: true })],
  ['png interlaced', 'png', (image) => image.png({ progressive: true })],
  ['png of 16 bits', 'png', (image) => image.toColourspace('rgb16').png()],
  ['png with alpha', 'png', (image) => image.ensureAlpha(0.5).png()],
  ['jpeg', 'jpg', (image) => image.jpeg()],
  ['jpeg progressive', 'jpeg', (image) => image.jpeg({ progressive: true })],
  ['jpeg in CMYK', 'jfif', (image) => image.toColourspace('cmyk').jpeg()],
  ['jpeg turned', 'jpg', (image) => image.withMetadata({ orientation: 6 }).jpeg()],
  ['jpeg with profile', 'jpg', (image) => image.withIccProfile('p3').jpeg()],
  ['webp', 'webp', (image) => image.webp()],
  ['webp lossless', 'webp', (image) => image.ensureAlpha(0.5).webp({ lossless: true })],
  ['avif', 'avif', (image) => image.avif({ effort: 0 })],
  ['avif of 10 bits', 'avif', (image) => image.ensureAlpha(0.5).avif({ effort: 0, quality: 90 })],
  ['gif', 'gif', (image) => image.gif()],
  ['tiff', 'tif', (image) => image.tiff({ compression: 'none' })],
  ['tiff lzw', 'tiff', (image) => image.tiff({ compression: 'lzw' })],
  ['tiff deflate', 'tiff', (image) => image.tiff({ compression: 'deflate' })],
  ['tiff jpeg', 'tiff', (image) => image.tiff({ compression: 'jpeg' })],
  ['tiff tiled', 'tiff', (image) => image.tiff({ tile: true, pyramid: true, tileWidth: 16 })],
  [
    'tiff of one bit',
    'tiff',
    (image) => image.toColourspace('b-w').tiff({ bitdepth: 1, compression: 'ccittfax4' }),
  ],
];

function bitmap(bitsPerPixel: number, method: number): Buffer {
  const paletteBytes = bitsPerPixel <= 8 ? 4 << bitsPerPixel : method === 3 ? 12 : 0;
  const rowBytes = Math.ceil((width * bitsPerPixel) / 32) * 4;
  const offset = 54 + paletteBytes;
  const file = Buffer.alloc(offset + rowBytes * height, 0x5a);
  file.write('BM', 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(offset, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bitsPerPixel, 28);
  file.writeUInt32LE(method, 30);
  return file;
}

const svg = `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 40 30" width="40" height="30">
<defs><linearGradient id="g"><stop offset="0" stop-color="#f00"/><stop offset="1" stop-color="#00f"/></linearGradient>
<filter id="f" x="-50%" width="200%"><feGaussianBlur stdDeviation="3"/><feTurbulence baseFrequency="0.05" numOctaves="3"/></filter>
<pattern id="p" width="4" height="4" patternUnits="userSpaceOnUse"><circle r="2" cx="2" cy="2"/></pattern>
<symbol id="s"><use xlink:href="#r"/></symbol></defs>
<style>rect { fill: url(#g) } .c { filter: url(#f); mask: url(#m) }</style><mask id="m"><rect width="9" height="9"/></mask>
<rect id="r" width="20" height="10"/><g transform="rotate(30) scale(1.5)"><path class="c" d="M0 0C10 10 20 -10 30 5L9 9Z" stroke-dasharray="1 2" fill="url(#p)"/></g>
<use href="#s" x="3"/><text x="2" y="20" font-size="8">&a; text</text><image href="https://localhost/x.png" width="5" height="5"/></svg>`;

/** One or more files of every format that is read, from every encoder that there is here. */
export async function createSeedFiles(): Promise<SeedFile[]> {
  const files: SeedFile[] = [];
  for (const [n, [name, ending, encode]] of encoders.entries()) {
    files.push({ name, ending, bytes: await encode(picture(n)).toBuffer() });
  }
  const frames = await Promise.all([1, 2, 3].map((n) => picture(n).png().toBuffer()));
  files.push({
    name: 'gif animated',
    ending: 'gif',
    bytes: await openFrames(frames).gif().toBuffer(),
  });
  files.push({
    name: 'webp animated',
    ending: 'webp',
    bytes: await openFrames(frames).webp().toBuffer(),
  });
  for (const [bits, method] of [
    [1, 0],
    [4, 0],
    [8, 0],
    [16, 0],
    [24, 0],
    [32, 0],
    [16, 3],
    [32, 3],
  ] as const) {
    const name = `bmp of ${bits} bits${method === 3 ? ' with masks' : ''}`;
    files.push({ name, ending: 'bmp', bytes: bitmap(bits, method) });
  }
  const pixels = { data: new Uint8Array(width * height * 4).fill(90), width, height };
  for (const { format, bytes } of await artFiles({ ...pixels, channels: 4 })) {
    files.push({ name: format, ending: format, bytes });
  }
  files.push({ name: 'svg', ending: 'svg', bytes: Buffer.from(svg) });
  files.push({ name: 'svg compressed', ending: 'svg', bytes: gzipSync(svg) });
  return files;
}
