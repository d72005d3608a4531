import { resolve } from 'node:path';
import { generateSample } from '../sample/generateSample.ts';
import { exitCodes } from './commands.ts';

export interface SampleFlags {
  readonly characters: number;
  readonly images: number;
  readonly seed: number;
}

/** `sample FOLDER`: draws a library with known characters. */
export async function sample(folder: string, flags: SampleFlags): Promise<number> {
  const { characters, images, seed } = flags;
  const truth = await generateSample({ folder: resolve(folder), characters, images, seed });
  const faces = truth.reduce((sum, image) => sum + image.faces.length, 0);
  process.stdout.write(`${truth.length} images with ${faces} faces drawn into ${folder}\n`);
  return exitCodes.done;
}
