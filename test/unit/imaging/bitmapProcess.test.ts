import { expect, it, vi } from 'vitest';
import { decodeBitmap } from '../../../src/engine/imaging/bmpDecoder.ts';
import { decodeImage } from '../../../src/engine/imaging/decodeImage.ts';

vi.mock('../../../src/engine/imaging/bmpDecoder.ts', { spy: true });

/** Pixels of 24 bits, all of one colour. */
function bitmap(width: number, height: number): Uint8Array {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + rowBytes * height, 90);
  bytes.fill(0, 0, 54);
  bytes.write('BM');
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  return bytes;
}

it('a BMP is decoded in the painter, not on the thread that answers searches', async () => {
  const decoded = await decodeImage(bitmap(300, 200), { maxPixels: 1_000_000 });
  expect(decoded).toMatchObject({ width: 300, height: 200, format: 'bmp', isTransparent: false });
  expect(new Set(decoded.raster.data)).toEqual(new Set([90]));
  expect(decodeBitmap).not.toHaveBeenCalled();
});

it('a BMP of too many pixels is refused before it is decoded', async () => {
  await expect(decodeImage(bitmap(300, 200), { maxPixels: 1_000 })).rejects.toMatchObject({
    code: 'image-too-large',
  });
});
