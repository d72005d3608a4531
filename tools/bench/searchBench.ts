import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dimensions } from '../../src/common/vector.ts';
import { noRows } from '../../src/engine/library/libraryChange.ts';
import type { LibraryStore } from '../../src/engine/library/libraryStore.ts';
import { RevisionIndex } from '../../src/engine/search/revisionIndex.ts';
import { SimilarSearch } from '../../src/engine/search/similarSearch.ts';
import { percentile, residentMb, type Table, timed } from './measure.ts';
import { MixedVectors, type SeenFace, seeSampleFaces, splitSeen } from './mixedVectors.ts';
import { exactBest, openSearchedLibrary } from './syntheticSearch.ts';

const weights = [0, 0.3, 0.5, 0.7, 1];
const queries = 40;
const modelRevision = 'synthetic';
/** As the engine asks: results ranked at least for one search. */
const wanted = 500;

/** What the libraries are mixed from. */
const sample = { characters: 60, images: 300 };

export interface SearchBenchOptions {
  readonly models: string;
  readonly faces: readonly number[];
  readonly dimensions: Dimensions;
  readonly onProgress: (what: string) => void;
}

/** Latency and recall of fused searches against exact search, over growing libraries. */
export async function benchSearch(options: SearchBenchOptions): Promise<Table[]> {
  const rows: (string | number)[][] = [];
  const costs: (string | number)[][] = [];
  options.onProgress('looking at the sample library');
  const seen = await seeSampleFaces(options.models, sample);
  for (const faces of options.faces) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    try {
      const measured = await benchOne(folder, faces, seen, options);
      rows.push(...measured.rows);
      costs.push(measured.cost);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  return [
    {
      title: 'Search',
      note: `Vectors mixed from those that the models give for the ${seen.length} faces of a sample library (${options.dimensions.identity} + ${options.dimensions.look} dimensions, one face an image), ${queries} other faces of it as queries at each weight through the engine's own search with exact re-ranking from the store. "exact" compares every stored vector in JavaScript, as the engine does where there is no native index. Goals: recall@10 ≥ 0.98, p95 < 30 ms.`,
      columns: ['faces', 'w', 'recall@10', 'p50 ms', 'p95 ms', 'exact ms', 'exact / p50'],
      rows,
    },
    {
      title: 'Index',
      note: 'Time to open the library with its index, to build both indexes anew on one thread, the share by which queries slow down meanwhile, the cost of one changed image, bytes on disk, memory of the process after a collection.',
      columns: [
        'faces',
        'open s',
        'build s',
        'p50 while building',
        'one change ms',
        'index MB',
        'database MB',
        'resident MB',
      ],
      rows: costs,
    },
  ];
}

async function benchOne(
  folder: string,
  faces: number,
  seen: readonly SeenFace[],
  { dimensions, onProgress }: SearchBenchOptions,
) {
  onProgress(`${faces} faces: writing the library`);
  const { asked, mixed } = splitSeen(seen, queries);
  const vectors = new MixedVectors(mixed, 5);
  const draw = () => vectors.next();
  const library = { folder, faces, modelRevision, dimensions, draw };
  const store = await openSearchedLibrary(library);
  const open = () =>
    RevisionIndex.open({
      store,
      folder: join(folder, 'index'),
      modelRevision,
      dimensions,
      readOnly: () => false,
      log: onProgress,
    });
  try {
    onProgress(`${faces} faces: building the index`);
    let indexes = await open();
    const build = await timed(async () => {
      await indexes.faces.rebuild();
      await indexes.looks.rebuild();
    });
    await indexes.close();
    const opened = await timed(open);
    indexes = opened.value;
    onProgress(`${faces} faces: searching`);
    const found = await searchAll(indexes, asked);
    const exact = exactBest(store, library, weights, asked);
    const rows = weights.map((weight, i) => {
      const { results, ms } = found[i] as (typeof found)[number];
      const recalls = results.map((ids, q) => recall(ids, exact.best[i]?.[q] ?? new Set()));
      const p50 = percentile(ms, 0.5);
      return [
        faces,
        weight,
        (recalls.reduce((sum, value) => sum + value, 0) / recalls.length).toFixed(4),
        p50.toFixed(1),
        percentile(ms, 0.95).toFixed(1),
        exact.msPerQuery.toFixed(0),
        (exact.msPerQuery / p50).toFixed(1),
      ];
    });
    const calm = percentile(
      found.flatMap(({ ms }) => ms),
      0.5,
    );
    const busy = await searchWhileBuilding(indexes, asked);
    const change = await changeOne(store, indexes, draw);
    globalThis.gc?.();
    const cost = [
      faces,
      (opened.ms / 1_000).toFixed(2),
      (build.ms / 1_000).toFixed(1),
      `${(busy / calm).toFixed(1)}×`,
      change.toFixed(1),
      (indexes.sizeBytes() / 1e6).toFixed(0),
      (store.sizeBytes() / 1e6).toFixed(0),
      residentMb().toFixed(0),
    ];
    await indexes.close();
    return { rows, cost };
  } finally {
    store.close();
  }
}

async function ask(indexes: RevisionIndex, query: SeenFace, weight: number) {
  const vector = { faceId: 0, ...query, rejected: new Set<number>(), rejectedVectors: [] };
  const search = new SimilarSearch(indexes, [vector]);
  const { signal } = new AbortController();
  const { ms, value } = await timed(() =>
    search.find({ weight, wanted, exclude: new Set(), signal }),
  );
  return { ms, ids: value.slice(0, 10).map(({ imageId }) => imageId) };
}

async function searchAll(indexes: RevisionIndex, asked: readonly SeenFace[]) {
  const found: { results: number[][]; ms: number[] }[] = [];
  // Once unmeasured: the first search reads pages of the index from the disk.
  for (const query of asked) {
    await ask(indexes, query, 0.5);
  }
  for (const weight of weights) {
    const results: number[][] = [];
    const ms: number[] = [];
    for (const query of asked) {
      const answer = await ask(indexes, query, weight);
      results.push(answer.ids);
      ms.push(answer.ms);
    }
    found.push({ results, ms });
  }
  return found;
}

function recall(found: readonly number[], best: ReadonlySet<number>): number {
  return found.filter((id) => best.has(id)).length / Math.max(1, best.size);
}

/** Median milliseconds of searches while the index is built anew beside them. */
async function searchWhileBuilding(
  indexes: RevisionIndex,
  asked: readonly SeenFace[],
): Promise<number> {
  let building = true;
  const built = indexes.faces.rebuild().finally(() => {
    building = false;
  });
  const ms: number[] = [];
  for (let n = 0; building || n === 0; n++) {
    ms.push((await ask(indexes, asked[n % asked.length] as SeenFace, 0.5)).ms);
  }
  await built;
  return percentile(ms, 0.5);
}

/** Milliseconds until one more image is stored and can be found. */
async function changeOne(
  store: LibraryStore,
  indexes: RevisionIndex,
  draw: () => SeenFace,
): Promise<number> {
  const samples: number[] = [];
  for (let n = 0; n < 20; n++) {
    const contentHash = `change${n}`;
    const { identity, look } = draw();
    const image = {
      contentHash,
      modelRevision,
      width: 64,
      height: 64,
      look,
      faces: [
        {
          box: { x: 1, y: 1, width: 9, height: 9 },
          score: 1,
          source: 'detected' as const,
          identity,
        },
      ],
    };
    const { ms } = await timed(() => {
      const { imageId, faceIds } = store.database.transaction(() => {
        const saved = store.images.save(image);
        const path = `/art/${contentHash}.png`;
        const stamp = { sizeBytes: 1, mtimeMs: 1, ctimeMs: 1 };
        store.files.save({ folder: '/art', path, relativePath: path, contentHash, ...stamp });
        return saved;
      });
      const faces = image.faces.map(({ identity }, i) => ({ id: faceIds[i] as number, identity }));
      indexes.apply({ removed: noRows, added: [{ ...image, id: imageId, faces }] });
    });
    samples.push(ms);
  }
  return percentile(samples, 0.5);
}
