import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { hashBytes } from '../../src/engine/files/readImageFile.ts';
import { encodePng } from '../../src/engine/imaging/encode.ts';
import { loadManifest, modelRevision, vectorDimensions } from '../../src/engine/models/manifest.ts';
import { EngineProcess } from './engineProcess.ts';
import { percentile, type Table, timed } from './measure.ts';
import type { ProcessMemory } from './processMemory.ts';
import { type SyntheticFile, writeSyntheticLibrary } from './syntheticLibrary.ts';

export interface RescanOptions {
  /** Folder of the models: their revision and dimensions are those of the library. */
  readonly models: string;
  /** Sizes of the libraries, in files; an index is built from 2,001 on. */
  readonly files: readonly number[];
  readonly onProgress: (what: string) => void;
}

const filesPerFolder = 500;
const weights = [0, 0.3, 0.5, 0.7, 1];
const queries = 40;
/** What the view asks for at first. */
const pageSize = 60;

type Row = (string | number)[];
interface Measured {
  readonly start: Row;
  readonly memory: Row[];
}

/** Start of a library in which nothing has changed, what one changed file costs, and memory. */
export async function benchRescan(options: RescanOptions): Promise<Table[]> {
  const measured: Measured[] = [];
  for (const count of options.files) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-files-'));
    const storageFolder = await mkdtemp(join(tmpdir(), 'bench-store-'));
    try {
      measured.push(await rescan(count, folder, storageFolder, options));
    } finally {
      await rm(folder, { recursive: true });
      await rm(storageFolder, { recursive: true });
    }
  }
  return [
    {
      title: 'Start without changes',
      note: `Real small PNG files whose vectors are synthetic, one face each, and an engine in a process of its own. "open" is from the process's first answer until searches are answered, "settled" until every file is compared with what is stored. Searches are ${queries * weights.length} requests for ${pageSize} results, five weights of ${queries} images of the library, from the request to the answer. "unchanged again" scans once more; "one change" is one new file of another content, from its writing to the end of the scan that finds it, models loaded. Goal: 100,000 files from start to ready in under 3 s.`,
      columns: [
        'files',
        'open s',
        'settled s',
        'search p50 ms',
        'search p95 ms',
        'unchanged again s',
        'µs per file',
        'one change s',
      ],
      rows: measured.map(({ start }) => start),
    },
    {
      title: 'Memory of the engine',
      note: 'Of the same process. "own" is anonymous memory: heap, vectors, caches, which nobody but the swap can take back. Pages of index files lie in memory only as long as nobody else needs it. "building" is the most while both indexes are made from nothing, all vectors being searched in memory meanwhile. Goal: under 1 GB at 100,000 files.',
      columns: ['files', 'when', 'own MB', 'index files MB', 'resident MB'],
      rows: measured.flatMap(({ memory }) => memory),
    },
  ];
}

async function rescan(
  count: number,
  folder: string,
  storageFolder: string,
  { models, onProgress }: RescanOptions,
): Promise<Measured> {
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
  const memory: Row[] = [];
  onProgress(`${count} files: building the index`);
  const first = await EngineProcess.start();
  await first.open(folder, storageFolder, models);
  await first.settle();
  const peakMb = await first.peakMbDuring(untilIndexed(storageFolder));
  memory.push([count, 'building', peakMb.toFixed(0), '', '']);
  await first.close();
  onProgress(`${count} files: starting without changes`);
  const engine = await EngineProcess.start();
  const note = (when: string) => memory.push([count, when, ...megabytes(engine.memory())]);
  try {
    const opened = await timed(() => engine.open(folder, storageFolder, models));
    note('opened');
    const settled = await timed(() => engine.settle());
    note('settled');
    await expectDone(engine, count);
    const searchMs = await search(engine, count);
    note('searched');
    const again = await timed(() => engine.settle());
    note('scanned again');
    // The first new file loads the models; the second is measured.
    await addFile(folder, count);
    await engine.settle();
    const changed = await timed(async () => {
      await addFile(folder, count + 1);
      await engine.settle();
    });
    await expectDone(engine, count + 2);
    note('models loaded');
    return {
      memory,
      start: [
        count,
        (opened.ms / 1_000).toFixed(2),
        ((opened.ms + settled.ms) / 1_000).toFixed(2),
        percentile(searchMs, 0.5).toFixed(1),
        percentile(searchMs, 0.95).toFixed(1),
        (again.ms / 1_000).toFixed(2),
        ((again.ms * 1_000) / count).toFixed(0),
        (changed.ms / 1_000).toFixed(2),
      ],
    };
  } finally {
    await engine.close();
  }
}

function megabytes({ anonymousMb, indexMb, residentMb }: ProcessMemory): string[] {
  return [anonymousMb, indexMb, residentMb].map((mb) => mb.toFixed(0));
}

async function expectDone(engine: EngineProcess, count: number): Promise<void> {
  const { files, failures } = await engine.request('stats', null);
  if (failures > 0 || files !== count) {
    throw new Error(`Expected ${count} files without a failure but ${files} are indexed.`);
  }
}

/** Milliseconds of each search by pictures of the library. */
async function search(engine: EngineProcess, count: number): Promise<number[]> {
  const opened = [];
  for (let n = 0; n < queries; n++) {
    const source = { kind: 'image' as const, imageId: 1 + Math.floor((n * count) / queries) };
    opened.push(await engine.request('query/open', { source }));
  }
  const samples: number[] = [];
  for (const weight of weights) {
    for (const { queryId, faces } of opened) {
      const asked = [{ queryId, faceIds: faces.map(({ id }) => id) }];
      const { ms } = await timed(() =>
        engine.request('query/similar', { queries: asked, weight, offset: 0, limit: pageSize }),
      );
      samples.push(ms);
    }
  }
  return samples;
}

/** The index is built in the background; a start that is measured must find it built. */
async function untilIndexed(storageFolder: string): Promise<void> {
  const index = join(storageFolder, 'index');
  const manifests = ['faces.json', 'looks.json'];
  for (;;) {
    const names = existsSync(index) ? await readdir(index, { recursive: true }) : [];
    if (manifests.every((manifest) => names.some((name) => name.endsWith(manifest)))) {
      return;
    }
    await setTimeout(500);
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
  await mkdir(join(path, '../../src'), { recursive: true });
  await writeFile(path, bytes);
  const { size, mtimeMs, ctimeMs } = await stat(path);
  return { path, relativePath, sizeBytes: size, mtimeMs, ctimeMs, contentHash: hashBytes(bytes) };
}

async function writeFiles(folder: string, count: number): Promise<SyntheticFile[]> {
  const files: SyntheticFile[] = [];
  for (let n = 0; n < count; n++) {
    files.push(await addFile(folder, n));
  }
  return files;
}
