import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FamiliarError } from '../../src/common/failure.ts';
import type { Box } from '../../src/common/geometry.ts';

/**
 * The layout of labelled pictures, of which every part may be missing:
 *
 *     detection/<split>.json, detection/<split>/*.jpg
 *     identity/{faces,whole}/<set>/<character>/<artwork>-<picture>.jpg
 *     identity/overlap.json
 */
export interface LabelledFrame {
  readonly path: string;
  /** Boxes that people drew, in pixels of the picture. */
  readonly faces: readonly Box[];
}

export interface DetectionSplit {
  readonly name: string;
  readonly frames: readonly LabelledFrame[];
}

export interface LabelledPicture {
  readonly path: string;
  /** `faces/<set>` or `whole/<set>`. */
  readonly set: string;
  /** `<set path>/<character>`. */
  readonly character: string;
  /** Pictures of one artwork are the same drawing, which never counts as a hit. */
  readonly artwork: string;
}

export interface IdentitySet {
  /** `faces/<set>`: head crops; `whole/<set>`: pictures in which the head is to be found. */
  readonly name: string;
  readonly pictures: readonly LabelledPicture[];
}

export interface DataFolder {
  readonly splits: readonly DetectionSplit[];
  readonly sets: readonly IdentitySet[];
  /** Character → the same character under another name in another set. */
  readonly twins: ReadonlyMap<string, string>;
}

const splitSchema = z.array(
  z.object({
    file: z.string(),
    boxes: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])),
  }),
);
/** "same character as in faces/x" → set → character there → character in faces/x. */
const overlapSchema = z.record(z.string(), z.record(z.string(), z.record(z.string(), z.string())));
const imageFile = /\.(jpe?g|png|webp)$/i;

async function listNames(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new FamiliarError('argument', `Expected labels in ${path} but could not read them.`, {
      remedy: 'Compare the file with the layout that the evaluation describes.',
      cause,
    });
  }
}

async function readSplits(folder: string): Promise<DetectionSplit[]> {
  const files = (await listNames(folder)).filter((name) => name.endsWith('.json'));
  return Promise.all(
    files.map(async (file) => {
      const name = file.slice(0, -'.json'.length);
      const frames = await readJson(join(folder, file), splitSchema);
      return {
        name,
        frames: frames.map((frame) => ({
          path: join(folder, name, frame.file),
          faces: frame.boxes.map(([x, y, width, height]) => ({ x, y, width, height })),
        })),
      };
    }),
  );
}

async function readSet(folder: string, name: string): Promise<IdentitySet> {
  const pictures: LabelledPicture[] = [];
  for (const character of await listNames(join(folder, name))) {
    for (const file of await listNames(join(folder, name, character))) {
      if (imageFile.test(file)) {
        const stem = file.replace(imageFile, '');
        const dash = stem.indexOf('-');
        const artwork = dash < 0 ? stem : stem.slice(0, dash);
        pictures.push({
          path: join(folder, name, character, file),
          set: name,
          character: `${name}/${character}`,
          artwork: `${name}/${character}/${artwork}`,
        });
      }
    }
  }
  return { name, pictures };
}

async function readTwins(folder: string): Promise<Map<string, string>> {
  if (!(await listNames(folder)).includes('overlap.json')) {
    return new Map();
  }
  const overlap = await readJson(join(folder, 'overlap.json'), overlapSchema);
  const twins = new Map<string, string>();
  for (const [title, sets] of Object.entries(overlap)) {
    const original = title.split(' ').at(-1) ?? title;
    for (const [set, characters] of Object.entries(sets)) {
      for (const [here, there] of Object.entries(characters)) {
        twins.set(`${set}/${here}`, `${original}/${there}`);
      }
    }
  }
  return twins;
}

/** Evenly spread over the list, so that every character stays represented. */
function thin<T>(items: readonly T[], limit: number | null): readonly T[] {
  if (limit === null || items.length <= limit) {
    return items;
  }
  const step = items.length / limit;
  return Array.from({ length: limit }, (_, i) => items[Math.floor(i * step)] as T);
}

/**
 * Lists what the folder has, in the order of names.
 *
 * @param limit at most this many pictures of every split and set; null for all.
 * @throws FamiliarError `argument` where there is nothing to measure or labels are damaged.
 */
export async function readDataFolder(folder: string, limit: number | null): Promise<DataFolder> {
  const identity = join(folder, 'identity');
  const splits = await readSplits(join(folder, 'detection'));
  const sets: IdentitySet[] = [];
  for (const kind of ['faces', 'whole']) {
    for (const set of await listNames(join(identity, kind))) {
      sets.push(await readSet(identity, `${kind}/${set}`));
    }
  }
  if (splits.length + sets.length === 0) {
    throw new FamiliarError(
      'argument',
      `Expected "detection" or "identity" with labelled pictures in ${folder} but found neither.`,
      { remedy: 'Give the folder with --data DIR.' },
    );
  }
  return {
    splits: splits.map((split) => ({ ...split, frames: thin(split.frames, limit) })),
    sets: sets.map((set) => ({ ...set, pictures: thin(set.pictures, limit) })),
    twins: await readTwins(identity),
  };
}
