import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dot } from '../base/vector.ts';
import { type LibraryRecord, libraryRecords } from '../engine/libraryRecords.ts';
import { SimilarSearch } from '../engine/query/similarSearch.ts';
import type { VectorStore } from '../engine/query/vectorStore.ts';
import { SearchIndexes } from '../engine/searchIndexes.ts';
import { SharedLibrary } from '../engine/shared/sharedLibrary.ts';
import { LibraryStore } from '../engine/store/libraryStore.ts';
import { type Dimensions, FaceVectors } from '../engine/store/vectorSources.ts';
import { percentile, type Table, timed } from './measure.ts';
import { drawVectors, imaginaryFiles, writeSyntheticLibrary } from './syntheticLibrary.ts';

const weights = [0, 0.5, 1];
const queries = 40;
/** As the command line asks. */
const wanted = 12;
const shareName = 'bench';

export interface SharedBenchOptions {
  /** The database; what the measurement writes there is taken out again. */
  readonly url: string;
  readonly faces: readonly number[];
  readonly dimensions: Dimensions;
  readonly onProgress: (what: string) => void;
}

interface Query {
  readonly identity: Float32Array;
  readonly look: Float32Array;
}

/** The shared library against the one on disk that is copied into it. */
export async function benchShared(options: SharedBenchOptions): Promise<Table> {
  const rows: (string | number)[][] = [];
  for (const faces of options.faces) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-'));
    try {
      rows.push(...(await compareOne(folder, faces, options)));
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  return {
    title: 'Shared library',
    note: `The same synthetic vectors (${options.dimensions.identity} + ${options.dimensions.look} dimensions, one face an image) and ${queries} queries in a workspace's library and in PostgreSQL with pgvector, ${wanted} results each, ranked exactly from the candidates of either index. "copy" is the first \`share\` into an empty database, with its index, "again" one that finds nothing new.`,
    columns: [
      'faces',
      'w',
      'recall@10',
      'shared recall@10',
      'p50 ms',
      'shared p50 ms',
      'p95 ms',
      'shared p95 ms',
      'copy s',
      'again s',
    ],
    rows,
  };
}

async function compareOne(
  folder: string,
  faces: number,
  { url, dimensions, onProgress }: SharedBenchOptions,
): Promise<(string | number)[][]> {
  // Each size has its own revision, and so begins without an index, as a first copy does.
  const modelRevision = `synthetic ${faces}`;
  onProgress(`${faces} faces: writing the library`);
  await writeSyntheticLibrary({
    storageFolder: folder,
    modelRevision,
    dimensions,
    folder: '/art',
    files: imaginaryFiles('/art', faces),
    facesPerImage: 1,
    faces,
  });
  const store = LibraryStore.open(folder, (error) => {
    throw error;
  });
  const indexFolder = join(folder, 'index');
  const place = { store, folder: indexFolder, modelRevision, dimensions };
  const indexes = await SearchIndexes.open({ ...place, readOnly: false, log: onProgress });
  const target = { url, modelRevision, dimensions };
  const shared = await SharedLibrary.open({ ...target, access: 'write' });
  try {
    await indexes.faces.rebuild();
    await indexes.looks.rebuild();
    onProgress(`${faces} faces: copying the library`);
    const first = await timed(() =>
      copyAll(shared, libraryRecords(store, modelRevision, dimensions)),
    );
    const again = await timed(() =>
      copyAll(shared, libraryRecords(store, modelRevision, dimensions)),
    );
    onProgress(`${faces} faces: searching`);
    const asked = drawQueries(faces, dimensions);
    const vectors = new FaceVectors(store.database, modelRevision, dimensions);
    const best = exactBest(store, dimensions, vectors, asked);
    const rows: (string | number)[][] = [];
    for (const [i, weight] of weights.entries()) {
      const local = await askAll(indexes, asked, weight, best[i] ?? []);
      const remote = await askAll(shared, asked, weight, best[i] ?? []);
      const columns = [local.recall, remote.recall, local.p50, remote.p50, local.p95, remote.p95];
      const copying = [first, again].map(({ ms }) => (ms / 1_000).toFixed(1));
      rows.push([faces, weight, ...columns, ...copying]);
    }
    return rows;
  } finally {
    await shared.keepOnly(shareName, []);
    await shared.close();
    await indexes.close();
    store.close();
  }
}

async function copyAll(
  shared: SharedLibrary,
  pages: Iterable<readonly LibraryRecord[]>,
): Promise<void> {
  const paths: string[] = [];
  for (const page of pages) {
    await shared.save(shareName, page);
    paths.push(...page.flatMap((record) => record.paths));
  }
  await shared.keepOnly(shareName, paths);
}

/** Pictures that are not in the library, of characters and looks that are. */
function drawQueries(faces: number, dimensions: Dimensions): Query[] {
  const { identities, looks } = drawVectors(faces, dimensions, 1);
  return Array.from({ length: queries }, (_, n) => ({
    identity: identities.member(n * 7),
    look: looks.member(n * 3),
  }));
}

/** The contents of the ten best images, by weight and query, from comparing with all vectors. */
function exactBest(
  store: LibraryStore,
  dimensions: Dimensions,
  faces: FaceVectors,
  asked: readonly Query[],
): ReadonlySet<string>[][] {
  const scores = weights.map(() => asked.map((): { id: number; score: number }[] => []));
  for (const { id, vector } of faces.vectors(0)) {
    const identity = vector.subarray(0, dimensions.identity);
    const look = vector.subarray(dimensions.identity);
    for (const [q, query] of asked.entries()) {
      const face = dot(query.identity, identity);
      const feel = dot(query.look, look);
      for (const [i, weight] of weights.entries()) {
        scores[i]?.[q]?.push({ id, score: weight * face + (1 - weight) * feel });
      }
    }
  }
  return scores.map((row) =>
    row.map((entries) => {
      const top = entries.sort((a, b) => b.score - a.score).slice(0, 10);
      // One face an image, written in one order: face and image have the same id.
      const images = store.matches.images(
        top.map(({ id }) => id),
        dimensions,
      );
      return new Set(images.map(({ contentHash }) => contentHash));
    }),
  );
}

async function askAll(
  space: VectorStore,
  asked: readonly Query[],
  weight: number,
  best: readonly ReadonlySet<string>[],
): Promise<{ readonly recall: string; readonly p50: string; readonly p95: string }> {
  const { signal } = new AbortController();
  const ask = (query: Query) => {
    const vector = { faceId: 0, ...query, rejected: new Set<number>() };
    return new SimilarSearch(space, [vector]).find({ weight, wanted, exclude: new Set(), signal });
  };
  // Unmeasured: the first searches read pages of the index from the disk.
  for (const query of asked) {
    await ask(query);
  }
  const ms: number[] = [];
  let found = 0;
  for (const [q, query] of asked.entries()) {
    const answer = await timed(() => ask(query));
    ms.push(answer.ms);
    const hashes = answer.value.slice(0, 10).map(({ contentHash }) => contentHash);
    found += hashes.filter((hash) => best[q]?.has(hash)).length;
  }
  return {
    recall: (found / (10 * asked.length)).toFixed(4),
    p50: percentile(ms, 0.5).toFixed(1),
    p95: percentile(ms, 0.95).toFixed(1),
  };
}
