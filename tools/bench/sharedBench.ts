import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dimensions } from '../../src/common/vector.ts';
import { libraryRecords } from '../../src/engine/library/libraryRecords.ts';
import { RevisionIndex } from '../../src/engine/search/revisionIndex.ts';
import { SimilarSearch } from '../../src/engine/search/similarSearch.ts';
import type { VectorStore } from '../../src/engine/search/vectorStore.ts';
import { SharedLibrary } from '../../src/engine/shared/sharedLibrary.ts';
import { percentile, type Table, timed } from './measure.ts';
import {
  drawQueries,
  exactBest,
  openSearchedLibrary,
  type SyntheticQuery,
} from './syntheticSearch.ts';

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
  const library = { folder, faces, modelRevision, dimensions };
  const store = await openSearchedLibrary(library);
  const indexFolder = join(folder, 'index');
  const place = { store, folder: indexFolder, modelRevision, dimensions };
  const indexes = await RevisionIndex.open({ ...place, readOnly: () => false, log: onProgress });
  const target = { url, modelRevision, dimensions };
  const shared = await SharedLibrary.open({ ...target, access: 'write' });
  try {
    await indexes.faces.rebuild();
    await indexes.looks.rebuild();
    onProgress(`${faces} faces: copying the library`);
    const copy = () =>
      timed(() => shared.copy(shareName, libraryRecords(store, modelRevision, dimensions)));
    const first = await copy();
    const again = await copy();
    onProgress(`${faces} faces: searching`);
    const asked = drawQueries(faces, dimensions, queries);
    const { best } = exactBest(store, library, weights, asked);
    const contents = best.map((row) => row.map((ids) => contentsOf(indexes, ids)));
    const rows: (string | number)[][] = [];
    for (const [i, weight] of weights.entries()) {
      const local = await askAll(indexes, asked, weight, contents[i] ?? []);
      const remote = await askAll(shared, asked, weight, contents[i] ?? []);
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

/** Image ids are those of one store; both know the contents. */
function contentsOf(indexes: RevisionIndex, imageIds: ReadonlySet<number>): ReadonlySet<string> {
  return new Set(indexes.images([...imageIds]).map(({ contentHash }) => contentHash));
}

async function askAll(
  space: VectorStore,
  asked: readonly SyntheticQuery[],
  weight: number,
  best: readonly ReadonlySet<string>[],
): Promise<{ readonly recall: string; readonly p50: string; readonly p95: string }> {
  const { signal } = new AbortController();
  const ask = (query: SyntheticQuery) => {
    const vector = { faceId: 0, ...query, rejected: new Set<number>(), rejectedVectors: [] };
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
