import { execFileSync } from 'node:child_process';
import { cpSync, symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LibraryStore } from '../../src/engine/library/libraryStore.ts';
import { ThumbnailCache } from '../../src/engine/library/thumbnailCache.ts';
import { loadManifest, modelRevision, vectorDimensions } from '../../src/engine/models/manifest.ts';
import { RevisionIndex } from '../../src/engine/search/revisionIndex.ts';
import { EngineProcess } from './engineProcess.ts';
import { percentile, type Table } from './measure.ts';
import { MixedVectors, type SeenFace, seeSampleFaces } from './mixedVectors.ts';
import { imaginaryFiles, writeSyntheticLibrary } from './syntheticLibrary.ts';

export interface MovesOptions {
  readonly models: string;
  readonly faces: readonly number[];
  /** A commit whose engine answers the same questions, in turn with this one. */
  readonly against: string;
  readonly onProgress: (what: string) => void;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = '/art';
/** Images of the library that are searched by, and where the slider goes from there. */
const queries = 60;
const weights = [0.75, 0.7, 0.6, 0.45, 0.3, 0.9];
/** Cards of a page, as the view asks for them. */
const pageSize = 200;
/** What the bench of the sample library is drawn from. */
const sample = { characters: 60, images: 300 };

interface Contestant {
  readonly name: string;
  readonly engine: EngineProcess;
  readonly first: number[];
  readonly moves: number[];
}

/**
 * First searches and moves of the slider through two engines, each in a process of its own, that
 * take turns question by question over copies of one library: what disturbs one disturbs both.
 */
export async function benchMoves(options: MovesOptions): Promise<Table> {
  const { models, faces, against, onProgress } = options;
  onProgress('looking at the sample library');
  const seen = await seeSampleFaces(models, sample);
  const base = await mkdtemp(join(tmpdir(), 'bench-moves-'));
  const old = join(base, 'source');
  try {
    checkOut(old, against);
    const rows: (string | number)[][] = [];
    for (const count of faces) {
      rows.push(...(await compareAt(join(base, String(count)), old, count, seen, options)));
    }
    return {
      title: 'First searches and moves of the slider',
      note: `${queries} images of the library are opened and searched by, then the slider moves ${weights.length - 1} times, for pages of ${pageSize} results, from the request to the answer of an engine in a process of its own. Vectors are mixed from those that the models give for the ${seen.length} faces of a sample library. "before" is the engine of commit ${against}; the two take turns within one run. Goals at 100,000 faces: three times as fast, p95 at most 10 ms on an idle machine.`,
      columns: ['faces', 'what', 'before p50 ms', 'p95', 'now p50 ms', 'p95', 'faster p50', 'p95'],
      rows,
    };
  } finally {
    execFileSync('git', ['worktree', 'remove', '--force', old], { cwd: root });
    await rm(base, { recursive: true, force: true });
  }
}

/** The sources of a commit, which run with what is installed and built here. */
function checkOut(folderOf: string, commit: string): void {
  execFileSync('git', ['worktree', 'add', '--detach', folderOf, commit], {
    cwd: root,
    stdio: 'ignore',
  });
  symlinkSync(join(root, 'node_modules'), join(folderOf, 'node_modules'));
  execFileSync(process.execPath, [join(folderOf, 'tools', 'scripts', 'native.ts')], {
    stdio: 'ignore',
  });
}

async function compareAt(
  base: string,
  old: string,
  count: number,
  seen: readonly SeenFace[],
  { models, onProgress }: MovesOptions,
) {
  onProgress(`${count} faces: writing the library and its index`);
  const storage = join(base, 'now');
  const copy = join(base, 'before');
  await writeLibrary(copy, { old, count, seen, models });
  cpSync(copy, storage, { recursive: true });
  const imageIds = await finishLibrary(storage, count, models);
  for (const name of ['index', 'previews']) {
    cpSync(join(storage, name), join(copy, name), { recursive: true });
  }
  // Many files, which neither engine changes.
  symlinkSync(join(storage, 'thumbnails'), join(copy, 'thumbnails'));
  const contestants: Contestant[] = [];
  for (const [name, source, at] of [
    ['before', old, copy],
    ['now', root, storage],
  ] as const) {
    const engine = await EngineProcess.start(join(source, 'src', 'engine', 'main.ts'));
    await engine.open(folder, at, models);
    contestants.push({ name, engine, first: [], moves: [] });
  }
  onProgress(`${count} faces: searching`);
  for (const [n, imageId] of imageIds.entries()) {
    for (const contestant of n % 2 === 0 ? contestants : contestants.toReversed()) {
      // The first of all reads pages of the index from the disk, for both.
      await ask(contestant, imageId, n === 0);
    }
  }
  await Promise.all(contestants.map(({ engine }) => engine.close()));
  const [before, now] = contestants as [Contestant, Contestant];
  return (['first', 'moves'] as const).map((what) => {
    const at = (p: number) => [percentile(before[what], p), percentile(now[what], p)] as const;
    const [before50, now50] = at(0.5);
    const [before95, now95] = at(0.95);
    const name = what === 'first' ? 'first search' : 'move';
    const ms = [before50, before95, now50, now95].map((value) => value.toFixed(1));
    const faster = [before50 / now50, before95 / now95].map((ratio) => `${ratio.toFixed(1)}×`);
    return [count, name, ...ms, ...faster];
  });
}

async function ask({ engine, first, moves }: Contestant, imageId: number, unmeasured: boolean) {
  const { queryId, faces } = await engine.request('query/open', {
    source: { kind: 'image', imageId },
  });
  const asked = [{ queryId, faceIds: faces.slice(0, 1).map(({ id }) => id) }];
  for (const [n, weight] of weights.entries()) {
    const begun = performance.now();
    await engine.request('query/similar', { queries: asked, weight, offset: 0, limit: pageSize });
    if (!unmeasured) {
      (n === 0 ? first : moves).push(performance.now() - begun);
    }
  }
}

/** Lays the library out as the older engine does: it could not open one of a newer release. */
async function writeLibrary(
  storage: string,
  {
    old,
    count,
    seen,
    models,
  }: {
    readonly old: string;
    readonly count: number;
    readonly seen: readonly SeenFace[];
    readonly models: string;
  },
): Promise<void> {
  const { manifest } = await loadManifest(models);
  const vectors = new MixedVectors(seen, 5);
  const older: { LibraryStore: typeof LibraryStore } = await import(
    join(old, 'src', 'engine', 'library', 'libraryStore.ts')
  );
  await writeSyntheticLibrary({
    storageFolder: storage,
    modelRevision: modelRevision(manifest),
    dimensions: vectorDimensions(manifest),
    folder,
    files: imaginaryFiles(folder, count),
    facesPerImage: 1,
    faces: count,
    draw: () => vectors.next(),
    openStore: (at) =>
      older.LibraryStore.open(at, (error) => {
        throw error;
      }),
  });
}

/**
 * Builds the index, and pictures for what is shown: thumbnails of all, previews of the queries.
 *
 * @returns the images that are searched by.
 */
async function finishLibrary(storage: string, count: number, models: string): Promise<number[]> {
  const { manifest } = await loadManifest(models);
  const revision = modelRevision(manifest);
  const store = LibraryStore.open(storage, (error) => {
    throw error;
  });
  const index = await RevisionIndex.open({
    store,
    folder: join(storage, 'index'),
    modelRevision: revision,
    dimensions: vectorDimensions(manifest),
    readOnly: () => false,
    log: () => undefined,
  });
  await index.faces.rebuild();
  await index.looks.rebuild();
  await index.close();
  const picture = { bytes: new Uint8Array(1), ending: 'jpg' } as const;
  const thumbnails = new ThumbnailCache(join(storage, 'thumbnails'));
  const previews = new ThumbnailCache(join(storage, 'previews'));
  const every = Math.ceil(count / queries);
  const ids: number[] = [];
  let n = 0;
  for (const { contentHash } of imaginaryFiles(folder, count)) {
    await thumbnails.save(contentHash, picture);
    if (n++ % every === 0) {
      await previews.save(contentHash, picture);
      ids.push(store.images.findByContent(contentHash, revision)?.id as number);
    }
  }
  store.close();
  return ids;
}
