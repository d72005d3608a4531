import type { Size } from '../../common/geometry.ts';
import type { Raster } from '../../common/raster.ts';
import { shrinkInto } from './resize.ts';
import { openBytes, openRaster, type Sharp } from './sharp.ts';

/**
 * A JPEG picture whose longer side is at most `maxSidePx`; smaller pictures keep their size. With
 * standard Huffman tables: a third of the time of a WebP picture, and a quarter more bytes.
 */
export async function encodeJpeg(raster: Raster, maxSidePx: number): Promise<Uint8Array> {
  return openRaster(await shrinkInto(raster, maxSidePx))
    .jpeg({ quality: 82, optimiseCoding: false })
    .toBuffer();
}

/** A lossless PNG of the pixels. */
export async function encodePng(raster: Raster): Promise<Uint8Array> {
  return openRaster(raster).png().toBuffer();
}

export const renderFormats = ['png', 'jpeg', 'webp', 'avif'] as const;
export type RenderFormat = (typeof renderFormats)[number];

/**
 * Renders our own SVG markup at exactly the given size. PNG, WebP and AVIF keep transparent
 * pixels; JPEG shows white behind them.
 */
export async function renderSvg(
  svg: string,
  { width, height, format }: Size & { readonly format: RenderFormat },
): Promise<Uint8Array> {
  const picture = openBytes(Buffer.from(svg)).resize(width, height, { fit: 'fill' });
  return encodeAs(picture, format).toBuffer();
}

function encodeAs(picture: Sharp, format: RenderFormat): Sharp {
  switch (format) {
    case 'png':
      return picture.png({ compressionLevel: 9 });
    case 'jpeg':
      return picture.flatten({ background: 'white' }).jpeg({ quality: 90 });
    case 'webp':
      return picture.webp({ quality: 88 });
    case 'avif':
      // Effort 2 of 9: the default spends seconds on a picture.
      return picture.avif({ quality: 65, effort: 2 });
  }
}
