// Decodes every format many times at once, as a process of its own, and prints a digest of all
// pixels: equal digests mean equal pictures.
import { createHash } from 'node:crypto';
import { decodeImage } from '../../../src/engine/imaging/decodeImage.ts';
import { openRaster } from '../../../src/engine/imaging/sharp.ts';

const [count = '1000'] = process.argv.slice(2);
const raster = {
  width: 96,
  height: 64,
  data: Uint8Array.from({ length: 96 * 64 * 3 }, (_, index) => (index * 7) % 256),
};
const formats = ['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const;
const files = await Promise.all(
  formats.map((format) => openRaster(raster).toFormat(format).toBuffer()),
);
files.push(
  Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><text y="20">a</text><circle cx="32" cy="32" r="20"/></svg>',
  ),
);
const digest = createHash('sha256');
const perFormat = Math.ceil(Number(count) / files.length);
for (const file of files) {
  const decoded = await Promise.all(
    Array.from({ length: perFormat }, () => decodeImage(file, { maxPixels: 1_000_000 })),
  );
  for (const picture of decoded) {
    digest.update(JSON.stringify(Object.keys(picture)));
    digest.update(picture.raster.data);
  }
}
process.stdout.write(digest.digest('hex'));
