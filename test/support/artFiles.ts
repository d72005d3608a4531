import { buffer } from 'node:stream/consumers';
import { writePsdBuffer } from 'ag-psd';
import qoi from 'qoijs';
import { ZipFile } from 'yazl';
import type { RgbaRaster } from '../../src/common/raster.ts';
import { openRgba } from '../../src/engine/imaging/sharp.ts';

/** An archive whose first entry says what it is, as Krita and OpenRaster have it. */
export async function archive(
  mimetype: string,
  entries: Record<string, Uint8Array>,
): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(mimetype), 'mimetype', { compress: false });
  for (const [name, bytes] of Object.entries(entries)) {
    zip.addBuffer(Buffer.from(bytes), name);
  }
  zip.end();
  return buffer(zip.outputStream);
}

/** A PSD of one layer; `composite` is how the picture looks. */
export function psd({ data, width, height }: RgbaRaster, composite: Uint8Array): Buffer {
  const layer = { name: 'layer', imageData: { width, height, data: new Uint8ClampedArray(data) } };
  const imageData = { width, height, data: new Uint8ClampedArray(composite) };
  return writePsdBuffer({ width, height, children: [layer], imageData });
}

/** A TGA of B, G, R, A from the bottom, as most programs write it. */
export function tga(
  { data, width, height }: RgbaRaster,
  type: 2 | 10,
  code: (bgra: Buffer) => Uint8Array = (bgra) => bgra,
): Buffer {
  const head = Buffer.alloc(18);
  head[2] = type;
  head.writeUInt16LE(width, 12);
  head.writeUInt16LE(height, 14);
  head[16] = 32;
  head[17] = 8;
  const rows = Array.from({ length: height }, (_, row) =>
    Buffer.from(data.subarray((height - 1 - row) * width * 4, (height - row) * width * 4)),
  );
  const bgra = Buffer.concat(rows);
  for (let at = 0; at < bgra.length; at += 4) {
    bgra.subarray(at, at + 3).reverse();
  }
  return Buffer.concat([head, code(bgra)]);
}

/** Pixels as runs of equal ones. */
export function tgaRuns(bgra: Buffer): Buffer {
  const runs: number[] = [];
  for (let at = 0; at < bgra.length; ) {
    const pixel = bgra.subarray(at, at + 4);
    let length = 1;
    while (length < 128 && pixel.equals(bgra.subarray(at + length * 4, at + length * 4 + 4))) {
      length++;
    }
    runs.push(127 + length, ...pixel);
    at += length * 4;
  }
  return Buffer.from(runs);
}

/** One picture in each of the formats that artists and game engines keep theirs in. */
export async function artFiles(
  rgba: RgbaRaster,
): Promise<{ readonly format: string; readonly bytes: Buffer }[]> {
  const { data, width, height } = rgba;
  const merged = { 'mergedimage.png': await openRgba(rgba).png().toBuffer() };
  const coded = qoi.encode(data, { width, height, channels: 4, colorspace: 0 });
  return [
    { format: 'kra', bytes: await archive('application/x-krita', merged) },
    { format: 'ora', bytes: await archive('image/openraster', merged) },
    { format: 'psd', bytes: psd(rgba, data) },
    { format: 'tga', bytes: tga(rgba, 2) },
    { format: 'tga', bytes: tga(rgba, 10, tgaRuns) },
    { format: 'qoi', bytes: Buffer.from(coded) },
  ];
}
