import { createHash, randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { headSquare } from '../../common/geometry.ts';
import type { DecodedImage } from '../imaging/decodeImage.ts';
import { encodePng } from '../imaging/encode.ts';
import { resample } from '../imaging/resample.ts';
import { fromFileSystem } from '../library/storeError.ts';
import { nameKey } from './characterNames.ts';
import type { ShownFace } from './characterTypes.ts';
import { wordsOf } from './namesFromPaths.ts';

export interface CollectOptions {
  /** The folder that the pictures go to; made when missing. */
  readonly folder: string;
  /** Heads cut out, instead of whole pictures. */
  readonly crops: boolean;
  /** A text beside each picture: the name, and the words of its path. */
  readonly captions: boolean;
}

export interface Collecting extends CollectOptions {
  readonly name: string;
  readonly faces: readonly ShownFace[];
  readonly decode: (bytes: Uint8Array, signal: AbortSignal) => Promise<DecodedImage>;
  readonly signal: AbortSignal;
}

export interface Collected {
  readonly written: number;
  /** Were there already: a run that was ended goes on where it was. */
  readonly kept: number;
  /** Pictures that could not be read, relative to their folder. */
  readonly failed: readonly string[];
}

/** How much of the head around a face is cut out; a matter of looks alone. */
const headCrop = { scale: 1.8, shiftY: -0.05 };
/** Larger heads are reduced to this, in pixels. */
const longestSidePx = 1_024;

/**
 * Copies the pictures of a character, or its heads, into a folder. Files that are there already
 * are left as they are; the originals are only read.
 *
 * @throws FamiliarError `store-full`, `store-readonly` where the folder cannot be written; AbortError.
 */
export async function collectPictures(collecting: Collecting): Promise<Collected> {
  const { folder, faces, crops, signal } = collecting;
  await orStoreError(mkdir(folder, { recursive: true }));
  const byPath = new Map<string, ShownFace[]>();
  for (const face of faces) {
    byPath.set(face.path, [...(byPath.get(face.path) ?? []), face]);
  }
  const stems = [...byPath.values()].map(([face]) => stemOf(face as ShownFace).toLowerCase());
  const outcome = { written: 0, kept: 0, failed: [] as string[] };
  for (const [path, own] of byPath) {
    signal.throwIfAborted();
    const stem = distinctStem(own[0] as ShownFace, stems);
    const targets = targetsOf(own, stem, crops).map((target) => ({
      ...target,
      path: join(folder, target.name),
    }));
    const missing = targets.filter((target) => !existsSync(target.path));
    outcome.kept += targets.length - missing.length;
    try {
      await (crops ? cutHeads(path, missing, collecting) : copyOnce(path, missing));
      outcome.written += missing.length;
    } catch (error) {
      signal.throwIfAborted();
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EROFS') {
        throw fromFileSystem(error);
      }
      outcome.failed.push(own[0]?.relativePath ?? basename(path));
      continue;
    }
    if (collecting.captions) {
      await writeCaptions(targets, collecting.name);
    }
  }
  return outcome;
}

interface Target {
  readonly name: string;
  readonly path: string;
  readonly face: ShownFace;
}

/** The file's name below its folder, flat and without its ending. */
function stemOf({ relativePath }: ShownFace): string {
  const flat = relativePath.replaceAll('/', '_');
  return flat.slice(0, flat.length - extname(flat).length);
}

/** Where several files would have one name (`a/b.png`, `a_b.png`, `a_b.jpg`), a hash tells them apart. */
function distinctStem(face: ShownFace, stems: readonly string[]): string {
  const stem = stemOf(face);
  const sharing = stems.filter((other) => other === stem.toLowerCase()).length;
  if (sharing < 2) {
    return stem;
  }
  const hash = createHash('sha256').update(face.relativePath).digest('hex').slice(0, 8);
  return `${stem}~${hash}`;
}

/** One picture for all its faces, or one for each head. */
function targetsOf(
  faces: readonly ShownFace[],
  stem: string,
  crops: boolean,
): Omit<Target, 'path'>[] {
  const [first] = faces as [ShownFace, ...ShownFace[]];
  if (!crops) {
    return [{ name: `${stem}${extname(first.relativePath)}`, face: first }];
  }
  return faces.map((face, index) => ({
    name: `${stem}${faces.length > 1 ? `_${index + 1}` : ''}.png`,
    face,
  }));
}

async function copyOnce(path: string, targets: readonly Target[]): Promise<void> {
  for (const target of targets) {
    await appear(target.path, (temporary) => copyFile(path, temporary, constants.COPYFILE_EXCL));
  }
}

async function cutHeads(
  path: string,
  targets: readonly Target[],
  { decode, signal }: Collecting,
): Promise<void> {
  if (targets.length === 0) {
    return;
  }
  const { raster, scale } = await decode(await readFile(path), signal);
  for (const target of targets) {
    const square = headSquare(target.face.box, headCrop);
    const side = Math.max(1, Math.min(longestSidePx, Math.round(square.width * scale)));
    const box = {
      x: square.x * scale,
      y: square.y * scale,
      width: square.width * scale,
      height: square.height * scale,
    };
    const png = await encodePng(await resample(raster, box, { width: side, height: side }));
    await appear(target.path, (temporary) => writeFile(temporary, png, { flag: 'wx' }));
  }
}

async function writeCaptions(targets: readonly Target[], name: string): Promise<void> {
  const own = new Set(name.split(/\s+/).map(nameKey));
  for (const { path, face } of targets) {
    const words = [...wordsOf(face.relativePath).values()].map(({ text }) => text);
    const others = words.filter((word) => !own.has(nameKey(word)) && !/\s/.test(word));
    const caption = `${path.slice(0, path.length - extname(path).length)}.txt`;
    if (!existsSync(caption)) {
      const text = `${[name, ...others].join(', ')}\n`;
      await appear(caption, (temporary) => writeFile(temporary, text, { flag: 'wx' }));
    }
  }
}

/** The file appears whole or not at all. */
async function appear(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await write(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function orStoreError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw fromFileSystem(error);
  }
}
