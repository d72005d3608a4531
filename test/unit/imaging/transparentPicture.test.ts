import { describe, expect, it } from 'vitest';
import { type DecodedImage, decodeImage } from '../../../src/engine/imaging/decodeImage.ts';
import { openBytes } from '../../../src/engine/imaging/sharp.ts';
import { encodeTransparentWebp } from '../../../src/engine/imaging/transparentPicture.ts';

const maxPixels = 268_402_689;
const sprite = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200">
    <rect x="100" width="200" height="200" fill="#c04030"/></svg>`,
);
const png = () => openBytes(sprite).png().toBuffer();

async function shrunk(bytes: Uint8Array, maxSidePx: number) {
  const decoded = await decodeImage(bytes, { maxPixels });
  const webp = await encodeTransparentWebp(bytes, decoded, { maxSidePx, maxPixels });
  const { data, info } = await openBytes(webp)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const alphaAt = (x: number) => data[(Math.floor(info.height / 2) * info.width + x) * 4 + 3];
  return { decoded, info, data, alphaAt };
}

describe('encodeTransparentWebp', () => {
  it.each([
    ['PNG', png],
    ['SVG', async () => sprite],
    ['WebP', () => openBytes(sprite).webp({ lossless: true }).toBuffer()],
  ])('keeps what is transparent in a %s, in the proportions of the file', async (_, make) => {
    const { decoded, info, alphaAt } = await shrunk(await make(), 100);
    expect(decoded.isTransparent).toBe(true);
    expect([info.width, info.height]).toEqual([100, 50]);
    expect([alphaAt(2), alphaAt(50), alphaAt(97)]).toEqual([0, 255, 0]);
  });

  it('keeps the size of a picture that is small already', async () => {
    const { info } = await shrunk(await png(), 1024);
    expect([info.width, info.height]).toEqual([400, 200]);
  });

  it('makes the same of kept pixels as of the file', async () => {
    const bytes = await png();
    const decoded = await decodeImage(bytes, { maxPixels });
    expect(decoded.rgba?.data).toHaveLength(400 * 200 * 4);
    const limits = { maxSidePx: 100, maxPixels };
    const pixels = async (from: DecodedImage) =>
      openBytes(await encodeTransparentWebp(bytes, from, limits))
        .raw()
        .toBuffer();
    const [kept, again] = [await pixels(decoded), await pixels({ ...decoded, rgba: null })];
    expect(kept).toHaveLength(100 * 50 * 4);
    expect(Buffer.compare(kept, again)).toBe(0);
  });

  it('turns the picture upright, as the faces on it are counted', async () => {
    const turned = await openBytes(await png())
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    const { decoded, info } = await shrunk(turned, 100);
    expect([decoded.width, decoded.height]).toEqual([200, 400]);
    expect([info.width, info.height]).toEqual([50, 100]);
  });
});

describe('decodeImage', () => {
  it('says of a picture without transparency that it has none', async () => {
    const jpeg = await openBytes(sprite).flatten().jpeg().toBuffer();
    expect((await decodeImage(jpeg, { maxPixels })).isTransparent).toBe(false);
    const opaque = await openBytes(jpeg).png().toBuffer();
    const decoded = await decodeImage(opaque, { maxPixels });
    expect([decoded.isTransparent, decoded.rgba]).toEqual([false, null]);
  });
});
