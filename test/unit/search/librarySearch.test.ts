import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Scope } from '../../../src/common/scope.ts';
import { ImageProcessor } from '../../../src/engine/indexing/imageProcessor.ts';
import { LibraryEpoch } from '../../../src/engine/library/libraryEpoch.ts';
import { LibraryStore } from '../../../src/engine/library/libraryStore.ts';
import { ThumbnailCache } from '../../../src/engine/library/thumbnailCache.ts';
import { LibrarySearch } from '../../../src/engine/search/librarySearch.ts';
import { QuerySessions } from '../../../src/engine/search/querySessions.ts';
import { Revisions } from '../../../src/engine/search/revisions.ts';
import { imaginaryFiles, writeSyntheticLibrary } from '../../../tools/bench/syntheticLibrary.ts';

vi.mock('node:fs', { spy: true });
vi.mock('node:fs/promises', { spy: true });

const images = 400;
const page = 200;
const modelRevision = 'r1';
const dimensions = { identity: 16, look: 8 };
const { signal } = new AbortController();
const picture = { bytes: new Uint8Array(10), ending: 'jpg' } as const;

let folder: string;
let store: LibraryStore;
let revisions: Revisions;
let thumbnails: ThumbnailCache;
let sessions: QuerySessions;
let search: LibrarySearch;
const restored: string[] = [];
const refuse = () => Promise.reject(new Error('Expected no inference.'));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'search-'));
  const files = [...imaginaryFiles('/art', images)];
  await writeSyntheticLibrary({
    storageFolder: folder,
    modelRevision,
    dimensions,
    folder: '/art',
    files,
    facesPerImage: 1,
    faces: images,
  });
  store = LibraryStore.open(folder, (error) => {
    throw error;
  });
  revisions = await Revisions.open({
    store,
    models: { revision: modelRevision, dimensions },
    folder: join(folder, 'index'),
    readOnly: () => false,
    log: (message) => expect.fail(message),
  });
  thumbnails = new ThumbnailCache(join(folder, 'thumbnails'));
  const previews = new ThumbnailCache(join(folder, 'previews'));
  for (const { contentHash } of files) {
    await thumbnails.save(contentHash, picture);
    await previews.save(contentHash, picture);
  }
  const scope = new Scope();
  sessions = new QuerySessions({
    scope,
    store,
    // Every image of this test is in the library with its preview: nothing is decoded.
    processor: new ImageProcessor({
      models: { get: refuse, use: refuse },
      thumbnails,
      maxPixels: () => 1,
    }),
    previews,
    revisions: () => revisions.searched,
    modelRevision,
    onChange: () => undefined,
  });
  restored.length = 0;
  search = new LibrarySearch({
    store,
    revisions,
    sessions,
    thumbnails,
    restorer: { restore: (contentHash) => restored.push(contentHash) },
    scope,
    epoch: new LibraryEpoch(() => undefined),
    isIndexing: () => false,
    follows: () => false,
    calibration: { kind: 'logistic', slope: 1, intercept: 0, threshold: 0.5 },
  });
});
afterEach(async () => {
  vi.useRealTimers();
  search.close();
  await revisions.close();
  store.close();
  await rm(folder, { recursive: true });
});

async function openQuery() {
  const query = await sessions.open({ kind: 'image', imageId: 1 }, signal);
  return [{ queryId: query.queryId, faceIds: query.faces.map(({ id }) => id) }];
}

/** What a search costs beside comparing vectors. */
async function costs(work: () => Promise<{ readonly results: readonly unknown[] }>) {
  const reads = (['get', 'all', 'tuples'] as const).map((how) => vi.spyOn(store.database, how));
  vi.mocked(existsSync).mockClear();
  vi.mocked(readdir).mockClear();
  const { results } = await work();
  const statements = reads.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  const looks = [existsSync, readdir].reduce(
    (sum, look) => sum + vi.mocked(look).mock.calls.length,
    0,
  );
  for (const read of reads) {
    read.mockRestore();
  }
  return { results: results.length, statements, looks };
}

it('answers a page of 200 results with a handful of statements', async () => {
  const queries = await openQuery();
  await thumbnails.list();
  const find = (weight: number) =>
    costs(() => search.find({ queries, weight, offset: 0, limit: page }, signal));
  const first = await find(0.5);
  expect(first.results).toBe(page);
  expect(first.statements).toBeLessThanOrEqual(11);
  expect(first.statements).toBeGreaterThan(3);
  expect(first.looks).toBeLessThanOrEqual(1);
  const moved = await find(0.75);
  expect(moved.results).toBe(page);
  expect(moved.statements).toBeLessThanOrEqual(6);
  expect(moved.looks).toBeLessThanOrEqual(1);
});

it('shows every thumbnail that is there, and has those made again that somebody deleted', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const queries = await openQuery();
  const find = async () =>
    (await search.find({ queries, weight: 1, offset: 0, limit: page }, signal)).results;
  const [gone] = await find();
  await rm(gone?.thumbnail as string);
  await find();
  await vi.advanceTimersByTimeAsync(30_000);
  await vi.waitFor(async () => {
    expect((await find())[0]?.thumbnail).toBeNull();
  });
  expect(new Set(restored).size).toBe(1);
  const others = (await find()).slice(1);
  expect(others.map(({ thumbnail }) => existsSync(thumbnail as string))).toEqual(
    others.map(() => true),
  );
});
