import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dot } from '../../src/common/vector.ts';
import { joinRows } from '../../src/engine/library/libraryChange.ts';
import { type LibraryRecord, libraryRecords } from '../../src/engine/library/libraryRecords.ts';
import { LibraryStore } from '../../src/engine/library/libraryStore.ts';
import { nothingRejected } from '../../src/engine/search/rejectedFaces.ts';
import { RevisionIndex } from '../../src/engine/search/revisionIndex.ts';
import { SimilarSearch } from '../../src/engine/search/similarSearch.ts';
import type { VectorStore } from '../../src/engine/search/vectorStore.ts';
import { SharedLibrary } from '../../src/engine/shared/sharedLibrary.ts';
import { ClusteredVectors } from '../../tools/bench/syntheticVectors.ts';
import { serverName, startPostgres, type TestServer } from './postgresServer.ts';

const dimensions = { identity: 32, look: 24 };
const identities = new ClusteredVectors({ dimension: 32, clusters: 20, likeness: 0.6, seed: 4 });
const looks = new ClusteredVectors({ dimension: 24, clusters: 8, likeness: 0.5, seed: 5 });

/** Every seventh image has no face, every fifth a group of three; two files show every ninth. */
function drawRecords(count: number, modelRevision: string): LibraryRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    image: {
      contentHash: `${modelRevision}-${n}`,
      modelRevision,
      width: 640,
      height: 480,
      look: looks.member(n % 8),
      faces: Array.from({ length: n % 7 === 0 ? 0 : n % 5 === 0 ? 3 : 1 }, (_face, k) => ({
        box: { x: 10.5 + k, y: 20.25, width: 30, height: 40 },
        score: 0.75,
        source: 'detected' as const,
        identity: identities.member((n + k) % 20),
      })),
    },
    paths: n % 9 === 0 ? [`a/${n}.png`, `copies/${n}.png`] : [`a/${n}.png`],
  }));
}

interface Backend {
  readonly store: VectorStore;
  save(records: readonly LibraryRecord[]): Promise<void>;
  /** Forgets the files of these images. */
  remove(records: readonly LibraryRecord[]): Promise<void>;
  close(): Promise<void>;
}

function saveLocally(store: LibraryStore, { image, paths }: LibraryRecord) {
  const { imageId, faces, replaced } = store.images.save(image);
  for (const path of paths) {
    const place = { folder: '/art', path: `/art/${path}`, relativePath: path };
    store.files.save({
      ...place,
      contentHash: image.contentHash,
      sizeBytes: 1,
      mtimeMs: 1,
      ctimeMs: 1,
    });
  }
  return { removed: replaced, added: { ...image, id: imageId, faces } };
}

async function openLocal(modelRevision: string): Promise<Backend> {
  const folder = await mkdtemp(join(tmpdir(), 'store-'));
  const library = LibraryStore.open(folder, (error) => {
    throw error;
  });
  const indexes = await RevisionIndex.open({
    store: library,
    folder: join(folder, 'index'),
    modelRevision,
    dimensions,
    readOnly: () => false,
    log: () => undefined,
  });
  return {
    store: indexes,
    save: async (records) => {
      const saved = records.map((record) => saveLocally(library, record));
      const removed = joinRows(saved.map((one) => one.removed));
      indexes.apply({ removed, added: saved.map((one) => one.added) });
      await indexes.faces.rebuild();
      await indexes.looks.rebuild();
    },
    remove: async (records) => {
      for (const { image, paths } of records) {
        for (const path of paths) {
          library.files.delete(`/art/${path}`);
        }
        const removed = library.matches.idsOfContents([image.contentHash]);
        indexes.apply({ removed, added: [] });
      }
    },
    close: async () => {
      await indexes.close();
      library.close();
      await rm(folder, { recursive: true });
    },
  };
}

let server: TestServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.stop());

function openLibrary(modelRevision: string, access: 'read' | 'write' = 'write') {
  return SharedLibrary.open({ url: server.url, modelRevision, dimensions, access });
}

async function openShared(modelRevision: string): Promise<Backend> {
  const store = await openLibrary(modelRevision);
  let kept: readonly LibraryRecord[] = [];
  return {
    store,
    save: async (records) => {
      await store.save(modelRevision, records);
      kept = [...kept, ...records];
      await store.keepOnly(
        modelRevision,
        kept.flatMap(({ paths }) => paths),
      );
    },
    remove: async (records) => {
      const gone = new Set(records.map(({ image }) => image.contentHash));
      kept = kept.filter(({ image }) => !gone.has(image.contentHash));
      await store.keepOnly(
        modelRevision,
        kept.flatMap(({ paths }) => paths),
      );
    },
    close: async () => {
      await store.keepOnly(modelRevision, []);
      await store.close();
    },
  };
}

const signal = new AbortController().signal;
const all = { weight: 0.5, wanted: 1_000, exclude: new Set<string>(), signal };

/** By comparing with everything, in the order in which the fusion is defined. */
function bruteForce(
  records: readonly LibraryRecord[],
  query: { readonly identity: Float32Array; readonly look: Float32Array },
  weight: number,
): string[] {
  return records
    .map(({ image }) => {
      const face = Math.max(
        image.faces.length === 0 ? 0 : -1,
        ...image.faces.map(({ identity }) => dot(query.identity, identity)),
      );
      const score = weight * face + (1 - weight) * dot(query.look, image.look);
      return { hash: image.contentHash, score };
    })
    .sort((a, b) => b.score - a.score)
    .map(({ hash }) => hash);
}

let revisions = 0;

describe.each([
  ['SQLite and Annoy', openLocal],
  [`PostgreSQL and pgvector (${serverName})`, openShared],
] as const)('the vectors in %s', (_name, open) => {
  let revision: string;
  let records: LibraryRecord[];
  let backend: Backend;
  beforeEach(async () => {
    revision = `it's revision ${++revisions}`;
    records = drawRecords(150, revision);
    backend = await open(revision);
    await backend.save(records);
    return () => backend.close();
  });

  it.each([0, 0.3, 0.5, 1])('are ranked by the weighted sum at w = %d', async (weight) => {
    const query = { identity: identities.member(3), look: looks.member(2) };
    const vector = { faceId: 1, ...query, ...nothingRejected };
    const found = await new SimilarSearch(backend.store, [vector]).find({ ...all, weight });
    const hashes = found.map(({ contentHash }) => contentHash);
    const best = bruteForce(records, query, weight);
    expect(hashes.slice(0, 40)).toEqual(best.slice(0, 40));
  });

  it('answer a query without a face by its look', async () => {
    const look = looks.member(6);
    const vector = { faceId: null, identity: null, look, ...nothingRejected };
    const [best] = await new SimilarSearch(backend.store, [vector]).find(all);
    const cosines = records.map(({ image }) => dot(image.look, look));
    expect(best?.lookCosine).toBeCloseTo(Math.max(...cosines), 5);
  });

  it('come back bit by bit, with every face', async () => {
    const wanted = records[10] as LibraryRecord;
    const { ids } = await backend.store.looks.candidates(wanted.image.look, 1, {});
    const [image] = await backend.store.images(ids);
    const { contentHash, width, height, look, faces } = wanted.image;
    expect(image).toMatchObject({ contentHash, width, height });
    expect(image?.look).toEqual(look);
    expect(new Set(image?.faces.map(({ identity }) => identity.join()))).toEqual(
      new Set(faces.map(({ identity }) => identity.join())),
    );
  });

  it('leave out what is gone, and what is of another revision', async () => {
    const other = await open(`${revision} of others`);
    await other.save(drawRecords(20, `${revision} of others`));
    const removed = records.slice(0, 50);
    await backend.remove(removed);
    const vector = {
      faceId: 1,
      identity: identities.member(1),
      look: looks.member(1),
      ...nothingRejected,
    };
    const found = await new SimilarSearch(backend.store, [vector]).find(all);
    const left = records.slice(50).map(({ image }) => image.contentHash);
    expect(new Set(found.map(({ contentHash }) => contentHash))).toEqual(new Set(left));
    await other.close();
  });

  it('take another shape of the same image in place of the first', async () => {
    const [, before] = records as [LibraryRecord, LibraryRecord];
    const identity = identities.member(9);
    const box = { x: 1, y: 2, width: 30, height: 40 };
    const face = { box, score: 1, source: 'detected' as const, identity };
    await backend.save([{ ...before, image: { ...before.image, faces: [face] } }]);
    const vector = { faceId: 1, identity, look: before.image.look, ...nothingRejected };
    const [best] = await new SimilarSearch(backend.store, [vector]).find({ ...all, weight: 1 });
    expect(best).toMatchObject({ contentHash: before.image.contentHash });
    expect(best?.identityCosine).toBeCloseTo(1, 5);
  });
});

describe('the shared library', () => {
  it('copies a library once, keeps what others have, and forgets what nobody has', async () => {
    const revision = 'shared by two';
    const records = drawRecords(30, revision);
    const shared = await openLibrary(revision);
    expect(await shared.save('alice', records)).toBe(30);
    expect(await shared.save('alice', records)).toBe(0);
    expect(await shared.save('bob', records.slice(0, 10))).toBe(0);
    const hash = (records[9] as LibraryRecord).image.contentHash;
    expect((await shared.places([hash])).get(hash)).toEqual([
      { library: 'alice', relativePath: 'a/9.png' },
      { library: 'alice', relativePath: 'copies/9.png' },
      { library: 'bob', relativePath: 'a/9.png' },
      { library: 'bob', relativePath: 'copies/9.png' },
    ]);
    await shared.keepOnly('alice', []);
    const { ids } = await shared.looks.candidates(looks.member(1), 100, {});
    expect(ids).toHaveLength(10);
    await shared.keepOnly('bob', []);
    expect((await shared.looks.candidates(looks.member(1), 100, {})).ids).toEqual([]);
    await shared.close();
  });

  it('is opened by two at the same time', async () => {
    const opened = await Promise.all(['twice', 'twice'].map((revision) => openLibrary(revision)));
    await Promise.all(opened.map((shared) => shared.close()));
  });

  it('is filled by two at the same time, while a third takes the same images out', async () => {
    const revision = 'filled by two';
    const records = drawRecords(60, revision);
    const libraries = await Promise.all([1, 2, 3].map(() => openLibrary(revision)));
    const [alice, bob, carol] = libraries as [SharedLibrary, SharedLibrary, SharedLibrary];
    const hashes = records.map(({ image }) => image.contentHash);
    for (let round = 0; round < 5; round++) {
      await carol.save('carol', records);
      await Promise.all([
        alice.save('alice', records),
        bob.save('bob', records.toReversed()),
        carol.keepOnly('carol', []),
      ]);
      expect((await bob.places(hashes)).size).toBe(60);
      const { ids } = await bob.looks.candidates(looks.member(1), 100, {});
      expect(ids).toHaveLength(60);
      await alice.keepOnly('alice', []);
      await bob.keepOnly('bob', []);
    }
    await Promise.all(libraries.map((library) => library.close()));
  });

  it('lets go of older models once everybody has shared with newer ones', async () => {
    const [older, newer] = [await openLibrary('older'), await openLibrary('newer')];
    const known = drawRecords(12, 'older');
    await older.save('alice', known);
    await older.save('bob', known);
    const anew = known.map(({ image, paths }) => ({
      image: { ...image, modelRevision: 'newer' },
      paths,
    }));
    const found = async (library: SharedLibrary) =>
      (await library.looks.candidates(looks.member(1), 100, {})).ids.length;
    for (const [who, left] of [
      ['alice', 12],
      ['bob', 0],
    ] as const) {
      await newer.save(who, anew);
      await newer.keepOnly(
        who,
        anew.flatMap(({ paths }) => paths),
      );
      expect([await found(older), await found(newer)]).toEqual([left, 12]);
    }
    await newer.keepOnly('alice', []);
    await newer.keepOnly('bob', []);
    await Promise.all([older.close(), newer.close()]);
  });

  it('is only read by a search, and says where nobody has shared anything', async () => {
    const empty = await startPostgres();
    for (let attempt = 0; attempt < 2; attempt++) {
      // The second attempt would open what the first had created.
      const open = { url: empty.url, modelRevision: 'r', dimensions, access: 'read' } as const;
      const failed = await SharedLibrary.open(open).catch((error) => error);
      expect(failed).toMatchObject({
        code: 'shared-library',
        remedy: expect.stringContaining('share'),
      });
    }
    await empty.stop();
  });

  it('receives what a library on disk holds', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'store-'));
    const library = LibraryStore.open(folder, (error) => {
      throw error;
    });
    const records = drawRecords(450, 'on disk');
    for (const record of records) {
      saveLocally(library, record);
    }
    const pages = [...libraryRecords(library, 'on disk', dimensions)];
    expect(pages.map((page) => page.length)).toEqual([200, 200, 50]);
    expect(pages.flat()).toEqual(records);
    library.close();
    await rm(folder, { recursive: true });
  });

  it('that cannot be reached says so, without the password', async () => {
    const url = 'postgres://someone:secret@127.0.0.1:1/faces';
    const open = { url, modelRevision: 'r', dimensions, access: 'read' } as const;
    const failed = await SharedLibrary.open(open).catch((error) => error);
    expect(failed).toMatchObject({ code: 'shared-library' });
    expect(failed.remedy).toContain('FAMILIAR_FACES_SHARED');
    expect(`${failed.message} ${failed.remedy}`).not.toContain('secret');
  });
});
