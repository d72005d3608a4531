import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRaster, type Sharp } from '../../../src/engine/imaging/sharp.ts';
import { Random } from '../../../tools/sample/random.ts';

/** Cells of 8 × 8 pixels: what the generated detector looks at (`test/unit/models/testModels.ts`). */
const cellPx = 8;
const sidePx = 64;
const perSide = sidePx / cellPx;

export interface PictureOptions {
  readonly count: number;
  readonly seed: number;
  /** Share of cells that the generated detector takes for a face, 0…1. */
  readonly redShare: number;
}

const encoders: readonly [string, (picture: Sharp) => Sharp][] = [
  ['png', (picture) => picture.png()],
  ['jpg', (picture) => picture.jpeg({ quality: 95 })],
  ['webp', (picture) => picture.webp({ quality: 90 })],
  ['gif', (picture) => picture.gif()],
];

function drawCells(random: Random, redShare: number): Uint8Array {
  const data = new Uint8Array(sidePx * sidePx * 3);
  for (let cell = 0; cell < perSide * perSide; cell++) {
    const isFace = random.next() < redShare;
    const colour = [
      isFace ? random.integer(170, 255) : random.integer(0, 120),
      random.integer(0, 255),
      random.integer(0, 255),
    ];
    for (let i = 0; i < cellPx * cellPx; i++) {
      const x = (cell % perSide) * cellPx + (i % cellPx);
      const y = Math.floor(cell / perSide) * cellPx + Math.floor(i / cellPx);
      data.set(colour, (y * sidePx + x) * 3);
    }
  }
  return data;
}

/**
 * Writes small pictures of coloured cells, each of another content, in some folders and formats.
 *
 * @returns their paths below `folder`, with forward slashes.
 */
export async function writePictures(folder: string, options: PictureOptions): Promise<string[]> {
  const random = new Random(options.seed);
  const files: string[] = [];
  for (let n = 0; n < options.count; n++) {
    const [ending, encode] = random.pick(encoders as [(typeof encoders)[number]]);
    const file = `${n % 3 === 0 ? 'sprites' : n % 3 === 1 ? 'scenes/day' : '.'}/${n}.${ending}`;
    const path = join(folder, file);
    const data = drawCells(random, options.redShare);
    await mkdir(join(path, '..'), { recursive: true });
    const raster = { data, width: sidePx, height: sidePx };
    await writeFile(path, await encode(openRaster(raster)).toBuffer());
    files.push(file.replace('./', ''));
  }
  return files;
}
