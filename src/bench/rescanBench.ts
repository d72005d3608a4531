import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import { hashBytes } from '../engine/files/readImageFile.ts';
import { encodePng } from '../engine/imaging/encode.ts';
import { loadManifest, modelRevision, vectorDimensions } from '../engine/models/manifest.ts';
import { openBenchEngine } from './benchEngine.ts';
import { residentMb, type Table, timed } from './measure.ts';
import { type SyntheticFile, writeSyntheticLibrary } from './syntheticLibrary.ts';

export interface RescanOptions {
  /** Folder of the models: their revision and dimensions are those of the library. */
  readonly models: string;
  /** Sizes of the libraries, in files. */
  readonly files: readonly number[];
  readonly onProgress: (what: string) => void;
}

const filesPerFolder = 500;

/** Start of a library in which nothing has changed, and what one changed file costs. */
export async function benchRescan(options: RescanOptions): Promise<Table> {
  const rows: (string | number)[][] = [];
  for (const count of options.files) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-files-'));
    const storageFolder = await mkdtemp(join(tmpdir(), 'bench-store-'));
    try {
      rows.push(await rescan(count, folder, storageFolder, options));
    } finally {
      await rm(folder, { recursive: true });
      await rm(storageFolder, { recursive: true });
    }
  }
  return {
    title: 'Start without changes',
    note: 'Real small PNG files whose vectors are synthetic, one face each. "open" is until searches are answered, "settled" until every file is compared with what is stored. "unchanged again" scans once more in the same process; "one change" is one new file of another content, from its writing to the end of the scan that finds it, models loaded. Goal: 100,000 files from start to ready in under 3 s, memory under 1 GB.',
    columns: [
      'files',
      'open s',
      'settled s',
      'unchanged again s',
      'µs per file',
      'one change s',
      'resident MB',
    ],
    rows,
  };
}

async function rescan(
  count: number,
  folder: string,
  storageFolder: string,
  { models, onProgress }: RescanOptions,
): Promise<(string | number)[]> {
  onProgress(`${count} files: writing`);
  const { manifest } = await loadManifest(models);
  await writeSyntheticLibrary({
    storageFolder,
    modelRevision: modelRevision(manifest),
    dimensions: vectorDimensions(manifest),
    folder,
    files: await writeFiles(folder, count),
    facesPerImage: 1,
    faces: count,
  });
  const open = () => openBenchEngine(folder, storageFolder, models);
  onProgress(`${count} files: building the index`);
  const first = await open();
  await settle(first);
  await untilIndexed(first);
  await first.close();
  onProgress(`${count} files: starting without changes`);
  const opened = await timed(open);
  const engine = opened.value;
  try {
    const settled = await timed(() => settle(engine));
    expectDone(engine, count);
    const again = await timed(() => settle(engine));
    // The first new file loads the models; the second is measured.
    await addFile(folder, count);
    await settle(engine);
    const changed = await timed(async () => {
      await addFile(folder, count + 1);
      await settle(engine);
    });
    expectDone(engine, count + 2);
    return [
      count,
      (opened.ms / 1_000).toFixed(2),
      ((opened.ms + settled.ms) / 1_000).toFixed(2),
      (again.ms / 1_000).toFixed(2),
      ((again.ms * 1_000) / count).toFixed(0),
      (changed.ms / 1_000).toFixed(2),
      residentMb().toFixed(0),
    ];
  } finally {
    await engine.close();
  }
}

async function settle(engine: Engine): Promise<void> {
  engine.startIndexing({ force: false });
  await engine.settled();
}

/** The index is built in the background; a start that is measured must find it built. */
async function untilIndexed(engine: Engine): Promise<void> {
  let last = -1;
  for (;;) {
    const { indexBytes } = await engine.stats();
    if (indexBytes === last) {
      return;
    }
    last = indexBytes;
    await setTimeout(2_000);
  }
}

function expectDone(engine: Engine, count: number): void {
  const { total, failures, failure } = engine.progress();
  if (failures > 0 || failure !== null) {
    throw new Error(
      `Expected ${count} files without a failure but ${failures} of ${total} failed.`,
    );
  }
}

/** Pictures of one colour each are small; none of them is decoded unless it changes. */
async function addFile(folder: string, n: number): Promise<SyntheticFile> {
  const relativePath = `${Math.floor(n / filesPerFolder)}/${n}.png`;
  const path = join(folder, relativePath);
  const data = new Uint8Array(48)
    .fill(n & 0xff)
    .fill((n >> 8) & 0xff, 16)
    .fill((n >> 16) & 0xff, 32);
  const bytes = await encodePng({ data, width: 4, height: 4 });
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, bytes);
  const { size, mtimeMs } = await stat(path);
  return { path, relativePath, sizeBytes: size, mtimeMs, contentHash: hashBytes(bytes) };
}

async function writeFiles(folder: string, count: number): Promise<SyntheticFile[]> {
  const files: SyntheticFile[] = [];
  for (let n = 0; n < count; n++) {
    files.push(await addFile(folder, n));
  }
  return files;
}
