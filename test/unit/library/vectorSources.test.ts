import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LibraryStore } from '../../../src/engine/library/libraryStore.ts';
import { FaceVectors, LookVectors } from '../../../src/engine/library/vectorSources.ts';

const dimensions = { identity: 4, look: 2 };
let folder: string;
let store: LibraryStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sources-'));
  store = LibraryStore.open(folder, (error) => {
    throw error;
  });
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

/** An image as it is saved: content of a number, under one of two revisions, perhaps shown. */
const saved = fc.record({
  content: fc.nat(40),
  modelRevision: fc.constantFrom('old', 'new'),
  faces: fc.nat(3),
  isShown: fc.boolean(),
});

it('name the rows whose vectors they give, ascending: of one revision, of images that files show', () => {
  fc.assert(
    fc.property(fc.array(saved, { maxLength: 60 }), (images) => {
      store.database.run('DELETE FROM image');
      store.database.run('DELETE FROM file');
      const expected = new Map<string, { image: number; faces: number[] }>();
      for (const { content, modelRevision, faces, isShown } of images) {
        const contentHash = (content * 7919).toString(16).padStart(32, '0');
        const face = {
          box: { x: 0, y: 0, width: 1, height: 1 },
          score: 1,
          source: 'detected' as const,
          identity: new Float32Array(dimensions.identity).fill(0.5),
        };
        const { imageId, faceIds } = store.images.save({
          contentHash,
          modelRevision,
          width: 1,
          height: 1,
          look: new Float32Array(dimensions.look).fill(0.7),
          faces: Array.from({ length: faces }, () => face),
        });
        expected.set(`${modelRevision} ${contentHash}`, { image: imageId, faces: faceIds });
        const path = `/${contentHash}`;
        if (isShown) {
          const stamp = { sizeBytes: 1, mtimeMs: 1, ctimeMs: 1 };
          store.files.save({ folder: '/', path, relativePath: path, contentHash, ...stamp });
        } else {
          store.files.delete(path);
        }
      }
      const ascending = (ids: number[]) => ids.sort((a, b) => a - b);
      for (const revision of ['old', 'new']) {
        const visible = [...expected].flatMap(([key, rows]) => {
          const [modelRevision, contentHash] = key.split(' ') as [string, string];
          return modelRevision === revision && store.matches.shown([contentHash]).size === 1
            ? [rows]
            : [];
        });
        for (const [source, ids] of [
          [LookVectors, ascending(visible.map(({ image }) => image))],
          [FaceVectors, ascending(visible.flatMap(({ faces }) => faces))],
        ] as const) {
          const vectors = new source(store.database, revision, dimensions);
          expect([...vectors.ids()]).toEqual(ids);
          // Asked for any id, known or not, they give the same ones and no more.
          const all = Int32Array.from({ length: (ids.at(-1) ?? 0) + 5 }, (_, n) => n + 1);
          expect([...vectors.vectors(all)].map(({ id }) => id)).toEqual(ids);
        }
      }
    }),
    { numRuns: 40 },
  );
});

it('go when the last file that shows their image goes, and come back with one', () => {
  const save = (contentHash: string) => {
    const image = { contentHash, modelRevision: 'r', width: 1, height: 1, faces: [] };
    store.images.save({ ...image, look: new Float32Array(2).fill(0.7) });
    const path = `/${contentHash}`;
    store.files.save({
      folder: '/',
      path,
      relativePath: path,
      contentHash,
      sizeBytes: 1,
      mtimeMs: 1,
      ctimeMs: 1,
    });
  };
  const contents = () => [...store.images.listContents('r')].sort();
  save('kept');
  save('gone');
  store.files.delete('/gone');
  // Noted as an orphan at 1,000 ms, and not before that for long enough.
  expect(store.images.purgeOrphans(1_000, 500)).toEqual([]);
  expect(store.images.purgeOrphans(1_400, 500)).toEqual([]);
  save('gone');
  expect(store.images.purgeOrphans(2_000, 500)).toEqual([]);
  expect(contents()).toEqual(['gone', 'kept']);
  store.files.delete('/gone');
  expect(store.images.purgeOrphans(3_000, 500)).toEqual([]);
  expect(store.images.purgeOrphans(4_000, 500)).toEqual(['gone']);
  expect(contents()).toEqual(['kept']);
});
