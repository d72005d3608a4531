// The process that draws SVG and decodes what sharp does not read, one after another: see `paint`.
import { decodeBitmap } from './bmpDecoder.ts';
import { fromDecoder } from './decodeFailure.ts';
import { boundArea } from './limits.ts';
import type { Painted, PaintReply, PaintRequest } from './painterMessages.ts';
import { decodePsd } from './psdDecoder.ts';
import { decodeQoi } from './qoiDecoder.ts';
import { openRgba, toRgba } from './sharp.ts';
import { drawSvg } from './svg.ts';
import { decodeTga } from './tgaDecoder.ts';

async function reply(request: PaintRequest): Promise<PaintReply> {
  try {
    const painted = await decode(request);
    return { painted: await shrink(painted, request.limits.maxWorkingPixels) };
  } catch (error) {
    const { code, message, remedy } = fromDecoder(error);
    return { failure: { code, message, remedy } };
  }
}

async function decode({ format, bytes, isTransparent, limits }: PaintRequest): Promise<Painted> {
  const { maxPixels } = limits;
  switch (format) {
    case 'svg':
      return drawSvg(bytes, maxPixels);
    case 'psd':
      return decodePsd({ bytes, isTransparent }, maxPixels);
    case 'qoi':
      return decodeQoi(bytes, maxPixels);
    case 'tga':
      return decodeTga(bytes, maxPixels);
    case 'bmp':
      return decodeBitmap(bytes, maxPixels);
  }
}

/** What is sent is as large as it is worked on: pixels by the hundred millions stay here. */
async function shrink({ size, rgba }: Painted, maxWorkingPixels: number): Promise<Painted> {
  const { width, height } = boundArea(rgba, maxWorkingPixels);
  if (width === rgba.width) {
    return { size, rgba };
  }
  const shrunk = openRgba(rgba).resize(width, height, { fit: 'fill', kernel: 'cubic' });
  return { size, rgba: await toRgba(shrunk) };
}

process.on('message', async (request: PaintRequest) => {
  process.send?.(await reply(request));
});
// The engine is gone. An orderly exit would wait for a picture that is still being drawn.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
