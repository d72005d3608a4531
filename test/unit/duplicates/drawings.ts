import type { Raster } from '../../../src/common/raster.ts';
import { decodeImage } from '../../../src/engine/imaging/decodeImage.ts';
import { renderSvg } from '../../../src/engine/imaging/encode.ts';
import { openBytes, openRaster, type Sharp } from '../../../src/engine/imaging/sharp.ts';
import { createCharacter, drawCharacter, type moods } from '../../../tools/sample/character.ts';
import { Random } from '../../../tools/sample/random.ts';
import { drawScene } from '../../../tools/sample/scene.ts';

const width = 480;
const height = 640;

export interface Drawing {
  readonly character: number;
  readonly mood?: (typeof moods)[number];
  /** Another seed draws another place behind the character. */
  readonly scene?: number;
}

/** A picture of a character in front of a scene, drawn anew each time. */
export async function draw({ character, mood = 'calm', scene = 1 }: Drawing): Promise<Raster> {
  const who = createCharacter(character, new Random(character));
  const pose = { x: width / 2, y: height * 0.45, size: 110, tilt: 4, turn: 0, mood, line: 1 };
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawScene(
    new Random(scene),
    width,
    height,
  )}${drawCharacter(who, pose)}</svg>`;
  const bytes = await renderSvg(svg, { width, height, format: 'png' });
  return (await decodeImage(bytes, { maxPixels: 1e7 })).raster;
}

/** The picture after an edit and a lossy save. */
export async function edit(raster: Raster, change: (picture: Sharp) => Sharp): Promise<Raster> {
  const png = await openRaster(raster).png().toBuffer();
  const bytes = await change(openBytes(png)).webp({ quality: 80 }).toBuffer();
  return (await decodeImage(bytes, { maxPixels: 1e7 })).raster;
}
