import { crc32, deflateRawSync, deflateSync } from 'node:zlib';

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/**
 * A complete PNG of one colour, one bit per pixel: 30,000 × 30,000 pixels are some 110 KB on disk
 * and 2.7 GB in memory.
 */
export function onePixelBitPng(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const rowBytes = 1 + Math.ceil(width / 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(rowBytes * height))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A GIF whose screen and only frame claim this size, with almost no data behind it. */
export function claimingGif(width: number, height: number): Buffer {
  const screen = Buffer.alloc(13);
  screen.write('GIF89a', 'latin1');
  screen.writeUInt16LE(width, 6);
  screen.writeUInt16LE(height, 8);
  screen[10] = 0x80;
  const frame = Buffer.alloc(10);
  frame[0] = 0x2c;
  frame.writeUInt16LE(width, 5);
  frame.writeUInt16LE(height, 7);
  const palette = Buffer.from([0, 0, 0, 255, 255, 255]);
  return Buffer.concat([screen, palette, frame, Buffer.from([2, 2, 0x4c, 0x01, 0, 0x3b])]);
}

/** A BMP whose header claims this size. */
export function claimingBmp(width: number, height: number): Buffer {
  const file = Buffer.alloc(64);
  file.write('BM', 'latin1');
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  return file;
}

/** A TIFF of one strip whose header claims this size, 8-bit grey. */
export function claimingTiff(width: number, height: number): Buffer {
  const tags: [tag: number, type: number, value: number][] = [
    [256, 4, width],
    [257, 4, height],
    [258, 3, 8],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, height],
    [279, 4, 16],
  ];
  const file = Buffer.alloc(8 + 16 + 2 + tags.length * 12 + 4);
  file.write('II', 'latin1');
  file.writeUInt16LE(42, 2);
  file.writeUInt32LE(24, 4);
  file.writeUInt16LE(tags.length, 24);
  for (const [i, [tag, type, value]] of tags.entries()) {
    const at = 26 + i * 12;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(1, at + 4);
    file.writeUInt32LE(value, at + 8);
  }
  return file;
}

/** A gzipped SVG that inflates to far more than it should. */
export function inflatingSvgz(): Buffer {
  const deflated = deflateRawSync(Buffer.alloc(40 * 1024 * 1024, ' '));
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  return Buffer.concat([header, deflated, Buffer.alloc(8)]);
}

/** Entities of entities: a billion laughs when expanded. */
export function laughingSvg(): Buffer {
  const levels = Array.from({ length: 9 }, (_, i) => {
    const inner = i === 0 ? 'ha' : `&l${i - 1};`.repeat(10);
    return `<!ENTITY l${i} "${inner}">`;
  });
  return Buffer.from(
    `<?xml version="1.0"?><!DOCTYPE svg [${levels.join('')}]><svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><text>&l8;</text></svg>`,
  );
}

/** An SVG whose filter keeps the renderer busy for minutes. */
export function busySvg(): Buffer {
  const noise = '<feTurbulence baseFrequency="0.5" numOctaves="9"/>'.repeat(4_000);
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="768" height="768"><filter id="f" x="0" y="0" width="1" height="1">${noise}</filter><rect width="768" height="768" filter="url(#f)"/></svg>`,
  );
}
