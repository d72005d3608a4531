import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FamiliarError, messageOf } from '../../common/failure.ts';
import type { AnnoyIndex, AnnoyModule } from '../../native/annoy.ts';
import { digestFile } from './fileDigest.ts';

const fileSchema = z.strictObject({
  /** A name of ours, so that no manifest leads out of the folder. */
  name: z.string().regex(/^[\w-]+\.(annoy|ids)$/),
  bytes: z.number().int(),
  sha256: z.string(),
});

/** What Annoy's file does not say of itself. */
const manifestSchema = z.strictObject({
  format: z.literal(2),
  metric: z.literal('angular'),
  dimension: z.number().int().positive(),
  count: z.number().int().positive(),
  trees: z.number().int().positive(),
  modelRevision: z.string(),
  forest: fileSchema,
  ids: fileSchema,
});
export type GenerationManifest = z.infer<typeof manifestSchema>;

export interface Space {
  readonly folder: string;
  /** Names the files: several spaces share a folder. */
  readonly name: string;
  readonly dimension: number;
  readonly modelRevision: string;
}

/** An immutable Annoy forest on disk and the store's id of each of its rows. */
export interface Generation {
  readonly manifest: GenerationManifest;
  readonly forest: AnnoyIndex;
  /** Ascending. */
  readonly ids: Int32Array;
}

function manifestPath({ folder, name }: Space): string {
  return join(folder, `${name}.json`);
}

async function describeFile(folder: string, name: string): Promise<z.infer<typeof fileSchema>> {
  return { name, ...(await digestFile(join(folder, name))) };
}

/** Forces a file or folder to the disk, so that a power cut cannot reorder what follows. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Windows cannot sync a folder; its renames are ordered by the journal of NTFS.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') {
      throw error;
    }
  } finally {
    await handle.close();
  }
}

/** Writes a built forest as the newest generation: both files first, then the manifest. */
export async function saveGeneration(
  space: Space,
  forest: AnnoyIndex,
  ids: Int32Array,
): Promise<GenerationManifest> {
  const { folder, name, dimension, modelRevision } = space;
  await mkdir(folder, { recursive: true });
  const base = `${name}-${randomUUID()}`;
  const forestName = `${base}.annoy`;
  const idsName = `${base}.ids`;
  await forest.save(join(folder, forestName));
  const idsFile = await open(join(folder, idsName), 'w');
  await idsFile.writeFile(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
  await idsFile.sync();
  await idsFile.close();
  await sync(join(folder, forestName));
  const manifest: GenerationManifest = {
    format: 2,
    metric: 'angular',
    dimension,
    count: ids.length,
    trees: forest.trees,
    modelRevision,
    forest: await describeFile(folder, forestName),
    ids: await describeFile(folder, idsName),
  };
  const temporary = join(folder, `${base}.json.tmp`);
  const file = await open(temporary, 'w');
  await file.writeFile(JSON.stringify(manifest));
  await file.sync();
  await file.close();
  await rename(temporary, manifestPath(space));
  await sync(folder);
  return manifest;
}

/**
 * What the newest generation is; nothing where there is none.
 *
 * @throws FamiliarError `index-damaged` where it cannot be told, or is not of this space.
 */
export async function readManifest(space: Space): Promise<GenerationManifest | undefined> {
  if (!existsSync(manifestPath(space))) {
    return undefined;
  }
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(manifestPath(space), 'utf8')));
    const isOurs =
      manifest.dimension === space.dimension && manifest.modelRevision === space.modelRevision;
    if (!isOurs) {
      throw new Error(`it is of dimension ${manifest.dimension}, ${manifest.modelRevision}`);
    }
    return manifest;
  } catch (cause) {
    throw damaged(cause);
  }
}

/**
 * The generation of a manifest, every byte of it checked.
 *
 * @throws FamiliarError `index-damaged` where anything is not as the manifest says.
 */
export async function loadGeneration(
  space: Space,
  manifest: GenerationManifest,
  annoy: AnnoyModule,
): Promise<Generation> {
  const forest = new annoy.AnnoyIndex(space.dimension);
  try {
    const ids = await readIds(space, manifest);
    // Before it is mapped: what a disk cannot read is an error here, and would be fatal there.
    await requireWritten(space.folder, manifest.forest);
    await forest.load(join(space.folder, manifest.forest.name), manifest.count, manifest.trees);
    return { manifest, forest, ids };
  } catch (cause) {
    forest.unload();
    throw damaged(cause);
  }
}

function damaged(cause: unknown): FamiliarError {
  const reason = messageOf(cause);
  return new FamiliarError('index-damaged', `Expected a sound index file but ${reason}.`, {
    remedy: 'It is built again from the library by itself.',
    cause,
  });
}

async function requireWritten(folder: string, file: z.infer<typeof fileSchema>): Promise<void> {
  const actual = await describeFile(folder, file.name);
  if (actual.bytes !== file.bytes || actual.sha256 !== file.sha256) {
    throw new Error(`${file.name} is not the file that was written`);
  }
}

async function readIds(space: Space, manifest: GenerationManifest): Promise<Int32Array> {
  await requireWritten(space.folder, manifest.ids);
  const bytes = await readFile(join(space.folder, manifest.ids.name));
  const ids = new Int32Array(new Uint8Array(bytes).buffer);
  if (ids.length !== manifest.count) {
    throw new Error(`it has ${ids.length} ids for ${manifest.count} rows`);
  }
  if (ids.some((id, row) => row > 0 && id <= (ids[row - 1] as number))) {
    throw new Error('its ids do not ascend');
  }
  return ids;
}

/** Deletes what older or interrupted builds of this space left behind. */
export async function deleteOtherGenerations(
  space: Space,
  keep: GenerationManifest | undefined,
): Promise<void> {
  if (!existsSync(space.folder)) {
    return;
  }
  const kept = new Set([keep?.forest.name, keep?.ids.name, `${space.name}.json`]);
  for (const name of await readdir(space.folder)) {
    if (name.startsWith(`${space.name}-`) && !kept.has(name)) {
      await rm(join(space.folder, name), { force: true });
    }
  }
  if (keep === undefined) {
    await rm(manifestPath(space), { force: true });
  }
}
