import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../src/engine/imaging/decodeImage.ts';
import { openBytes } from '../../../src/engine/imaging/sharp.ts';
import { readProc } from '../../support/readProc.ts';
import { busySvg } from './hostileImages.ts';

const maxPixels = 268_402_689;
const square = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="48">
    <rect width="96" height="48" fill="#c04030"/></svg>`,
);

/** Process ids of the painters of this process. */
async function painters(): Promise<number[]> {
  const found: number[] = [];
  for (const thread of await readdir('/proc/self/task')) {
    const children = await readProc(`self/task/${thread}/children`);
    for (const pid of children.split(' ').filter((child) => child !== '')) {
      if ((await readProc(`${pid}/cmdline`)).includes('painterProcess')) {
        found.push(Number(pid));
      }
    }
  }
  return found;
}

async function killPainter(): Promise<void> {
  const [pid] = await painters();
  if (pid !== undefined) {
    process.kill(pid, 'SIGKILL');
  }
}

/** Kills every painter that is started until the picture is decoded or refused. */
async function decodeWhileKilling(bytes: Uint8Array): Promise<unknown> {
  let isSettled = false;
  const outcome = decodeImage(bytes, { maxPixels }).finally(() => {
    isSettled = true;
  });
  const killing = (async () => {
    while (!isSettled) {
      await killPainter();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return Promise.all([outcome, killing]);
}

describe('an SVG', () => {
  it('is drawn at a size in which a face can be seen, in the proportions of the file', async () => {
    const { raster, ...decoded } = await decodeImage(square, { maxPixels });
    expect(decoded).toEqual({
      width: 96,
      height: 48,
      format: 'svg',
      isTransparent: false,
      rgba: null,
      scale: 8,
    });
    expect([raster.width, raster.height, ...raster.data.subarray(0, 3)]).toEqual([
      768, 384, 192, 64, 48,
    ]);
  });

  it('with a filter that nothing can interrupt costs no other file anything', async () => {
    // More of them than libuv has threads.
    const busy = Array.from({ length: 5 }, () =>
      decodeImage(busySvg(), { maxPixels, timeoutMs: 600 }),
    );
    const png = await openBytes(square).png().toBuffer();
    expect((await decodeImage(png, { maxPixels })).format).toBe('png');
    for (const outcome of await Promise.allSettled(busy)) {
      expect(outcome).toMatchObject({
        reason: {
          code: 'image-damaged',
          message: expect.stringContaining('drawn within 0.6 seconds'),
        },
      });
    }
    expect((await decodeImage(square, { maxPixels })).format).toBe('svg');
  });

  it('is given up at once when that is asked for', async () => {
    const abort = new AbortController();
    const { signal } = abort;
    const busy = decodeImage(busySvg(), { maxPixels, signal });
    const waiting = decodeImage(square, { maxPixels, signal });
    await expect.poll(painters).toHaveLength(1);
    const [pid] = await painters();
    abort.abort();
    await expect(busy).rejects.toMatchObject({ name: 'AbortError' });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(painters).not.toContain(pid);
  });

  it('is drawn by another process where somebody ends the first', async () => {
    await decodeImage(square, { maxPixels });
    const decoding = decodeImage(square, { maxPixels });
    await killPainter();
    expect((await decoding).format).toBe('svg');
  });

  it('is refused where it ends every process that draws it', async () => {
    await expect(decodeWhileKilling(busySvg())).rejects.toMatchObject({
      code: 'image-damaged',
      message: expect.stringContaining('the process that draws it ended (SIGKILL)'),
    });
    expect((await decodeImage(square, { maxPixels })).format).toBe('svg');
  });
});
