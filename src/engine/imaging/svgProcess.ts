// The process that draws SVG, one after another: see `paintSvg`.
import { fromDecoder } from './decodeFailure.ts';
import { drawSvg } from './svg.ts';
import type { PaintReply, PaintRequest } from './svgMessages.ts';

async function paint({ bytes, maxPixels }: PaintRequest): Promise<PaintReply> {
  try {
    return { drawn: await drawSvg(bytes, maxPixels) };
  } catch (error) {
    const { code, message, remedy } = fromDecoder(error);
    return { failure: { code, message, remedy } };
  }
}

process.on('message', async (request: PaintRequest) => {
  process.send?.(await paint(request));
});
// The engine is gone. An orderly exit would wait for a picture that is still being drawn.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
