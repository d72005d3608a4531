import { resolve } from 'node:path';
import { numberIn } from '../../src/cli/arguments.ts';
import { exitCodes } from '../../src/cli/commands.ts';
import { print } from '../../src/cli/terminal.ts';
import { FamiliarError, messageOf } from '../../src/common/failure.ts';
import { generateSample, type SampleOptions } from '../sample/generateSample.ts';

export interface SampleFlags {
  readonly characters: number;
  readonly images: number;
  readonly seed: number;
}

/** `sample FOLDER`: draws a library with known characters. */
export async function sample(folder: string, flags: SampleFlags): Promise<number> {
  const characters = numberIn('characters', flags.characters, { from: 1, to: 1e6, whole: true });
  const images = numberIn('images', flags.images, { from: 1, to: 1e7, whole: true });
  const seed = numberIn('seed', flags.seed, { from: 0, to: 2 ** 31, whole: true });
  const truth = await draw({ folder: resolve(folder), characters, images, seed });
  const faces = truth.reduce((sum, image) => sum + image.faces.length, 0);
  print(`${truth.length} images with ${faces} faces drawn into ${folder}`);
  return exitCodes.done;
}

async function draw(options: SampleOptions) {
  try {
    return await generateSample(options);
  } catch (cause) {
    throw new FamiliarError('argument', `Expected to write there but: ${messageOf(cause)}.`, {
      remedy: 'Name a folder that you may write, on a disk with room.',
      cause,
    });
  }
}
