import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LibraryClusters } from '../../../src/engine/characters/libraryClusters.ts';
import { LibraryStore } from '../../../src/engine/library/libraryStore.ts';
import { ClusteredVectors } from '../../../tools/bench/syntheticVectors.ts';

const dimension = 64;
const characters = 6;
const vectors = new ClusteredVectors({ dimension, clusters: characters, likeness: 0.8, seed: 11 });
const signal = new AbortController().signal;
let folder: string;
let store: LibraryStore;
let clusters: LibraryClusters;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clusters-'));
  store = LibraryStore.open(folder, (error) => {
    throw error;
  });
  clusters = new LibraryClusters({ store, modelRevision: 'r1', dimension });
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

/** An image that shows these characters; the name of its file says which. */
function save(name: string, shown: readonly number[], revision = 'r1'): number[] {
  const contentHash = `content of ${name}`;
  const { imageId } = store.images.save({
    contentHash,
    modelRevision: revision,
    width: 400,
    height: 100,
    look: new Float32Array(4).fill(0.5),
    faces: shown.map((character, place) => ({
      box: { x: 100 * place, y: 0, width: 50, height: 50 },
      score: 1,
      source: 'detected',
      identity: vectors.member(character),
    })),
  });
  const path = `/art/${name}.png`;
  const stamps = { sizeBytes: 1, mtimeMs: 1, ctimeMs: 1 };
  store.files.save({ folder: 'art', path, relativePath: `${name}.png`, ...stamps, contentHash });
  return store.images.faces(imageId).map(({ stableId }) => stableId);
}

/** Names of the files of each cluster, and the ids by them. */
function listed() {
  const { clusters: all, singles } = clusters.list();
  return {
    groups: all.map(({ faces }) => faces.map(({ relativePath }) => relativePath).sort()),
    ids: new Map(all.flatMap(({ id, faces }) => faces.map(({ stableId }) => [stableId, id]))),
    singles: singles.map(({ relativePath }) => relativePath),
  };
}

function saveMany(count: number, from = 0): number[] {
  const ids: number[] = [];
  for (let n = from; n < from + count; n++) {
    ids.push(...save(`${n % characters}-${n}`, [n % characters]));
  }
  return ids;
}

describe('clusters of a library', () => {
  it('puts the pictures of each character together', async () => {
    saveMany(30);
    expect(clusters.isStale).toBe(true);
    await clusters.cluster(signal);
    expect(clusters.isStale).toBe(false);
    const { groups, singles } = listed();
    expect(groups).toHaveLength(characters);
    for (const group of groups) {
      expect(new Set(group.map((name) => name[0])).size).toBe(1);
      expect(group).toHaveLength(5);
    }
    expect(singles).toEqual([]);
  });

  it('groups many faces on another thread, which can be stopped', async () => {
    saveMany(180);
    const stopped = new AbortController();
    const grouping = clusters.cluster(stopped.signal);
    stopped.abort();
    await expect(grouping).rejects.toThrow('abort');
    expect(listed()).toMatchObject({ groups: [], singles: [] });
    await clusters.cluster(signal);
    const { groups } = listed();
    expect(groups.filter(({ length }) => length > 20)).toHaveLength(characters);
    for (const group of groups) {
      expect(new Set(group.map((name) => name[0])).size).toBe(1);
    }
  });

  it('keeps their ids while the library grows and when it is processed again', async () => {
    const faces = saveMany(18);
    await clusters.cluster(signal);
    const before = listed().ids;
    saveMany(18, 18);
    await clusters.cluster(signal);
    const grown = listed().ids;
    expect(faces.map((face) => grown.get(face))).toEqual(faces.map((face) => before.get(face)));
    expect(new Set(grown.values()).size).toBe(characters);
    clusters = new LibraryClusters({ store, modelRevision: 'r2', dimension });
    for (let n = 0; n < 36; n++) {
      save(`${n % characters}-${n}`, [n % characters], 'r2');
    }
    await clusters.cluster(signal);
    expect(listed().ids).toEqual(grown);
  });

  it('never takes two faces of one picture for one character, unless a person says so', async () => {
    const [one, other] = save('twins', [0, 0]) as [number, number];
    saveMany(12);
    await clusters.cluster(signal);
    expect(clusters.clusterOf(one)).not.toBe(clusters.clusterOf(other));
    await clusters.cluster(signal, { groups: [{ faces: [one, other], rejected: [] }] });
    expect(clusters.clusterOf(one)).toBe(clusters.clusterOf(other));
    expect(clusters.clusterOf(one)).not.toBeNull();
  });

  it('honours groups and rejections of people', async () => {
    const faces = saveMany(18);
    const ofFirst = faces.filter((_, n) => n % characters === 0);
    const ofSecond = faces.filter((_, n) => n % characters === 1);
    const [first = 0, second = 0, third = 0] = ofFirst;
    await clusters.cluster(signal, {
      groups: [
        { faces: [first, ...ofSecond], rejected: [second] },
        { faces: [third], rejected: [] },
      ],
    });
    const { ids } = listed();
    expect(new Set([first, ...ofSecond].map((face) => ids.get(face))).size).toBe(1);
    expect(ids.get(second)).not.toBe(ids.get(first));
    expect(ids.get(third)).not.toBe(ids.get(first));
  });

  it('leaves alone what looks like nobody, and stays sensible with next to nothing', async () => {
    await clusters.cluster(signal);
    expect(listed()).toMatchObject({ groups: [], singles: [] });
    save('0-only', [0]);
    await clusters.cluster(signal);
    expect(listed().singles).toEqual(['0-only.png']);
    save('0-again', [0]);
    save('1-only', [1]);
    await clusters.cluster(signal);
    expect(listed()).toMatchObject({
      groups: [['0-again.png', '0-only.png']],
      singles: ['1-only.png'],
    });
  });

  it('lists only what files show, and forgets what is gone', async () => {
    saveMany(12);
    await clusters.cluster(signal);
    store.files.delete('/art/0-0.png');
    expect(listed().groups.flat()).not.toContain('0-0.png');
    expect(clusters.list().singles.map(({ relativePath }) => relativePath)).toEqual(['0-6.png']);
    store.images.purgeOrphans(1, 1);
    store.images.purgeOrphans(10, 1);
    await clusters.cluster(signal);
    expect(store.clusters.members()).toHaveLength(11);
  });
});
