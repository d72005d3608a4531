import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { concatenate, dot, fuse, normalise } from '../../../src/common/vector.ts';
import { VectorIndex } from '../../../src/engine/search/vectorIndex.ts';
import { Random } from '../../../tools/sample/random.ts';
import { describeAnnoy } from '../support/annoy.ts';

const dimension = { identity: 32, look: 24 };

function noise(random: Random, length: number): Float32Array {
  return Float32Array.from({ length }, () => random.between(-1, 1) + random.between(-1, 1));
}

/** Faces of characters in series: clustered as real vectors are. */
function clustered(count: number, seed: number): Map<number, Float32Array> {
  const random = new Random(seed);
  const characters = Array.from({ length: 200 }, () => noise(random, dimension.identity));
  const series = Array.from({ length: 25 }, () => noise(random, dimension.look));
  const vectors = new Map<number, Float32Array>();
  for (let id = 1; id <= count; id++) {
    const character = random.integer(0, characters.length - 1);
    const near = (centre: Float32Array | undefined, spread: number) =>
      normalise(
        Float32Array.from(centre ?? [], (value) => value + random.between(-spread, spread)),
      );
    const look = series[(character + random.integer(0, 1)) % series.length];
    vectors.set(id, concatenate(near(characters[character], 0.9), near(look, 0.9)));
  }
  return vectors;
}

function sourceOf(vectors: ReadonlyMap<number, Float32Array>) {
  return {
    idPages: () => [[...vectors.keys()]],
    *vectors(ids: Int32Array) {
      for (const id of ids) {
        const vector = vectors.get(id);
        if (vector !== undefined) {
          yield { id, vector };
        }
      }
    },
  };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'index-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function open(vectors: ReadonlyMap<number, Float32Array>, log: string[] = []) {
  return VectorIndex.open({
    folder,
    space: 'faces',
    dimension: dimension.identity + dimension.look,
    revision: 'r1',
    source: sourceOf(vectors),
    readOnly: () => false,
    log: (message) => log.push(message),
  });
}

describeAnnoy('VectorIndex', () => {
  it('misses none of the ten best at any weight where all are compared', async () => {
    const vectors = clustered(4_000, 1);
    const index = await open(vectors);
    await index.rebuild();
    expect(index.stats).toMatchObject({ kind: 'annoy', overlay: 0, tombstones: 0, count: 4_000 });
    for (const weight of [0, 0.3, 0.5, 1]) {
      for (const id of [7, 1_234, 3_999]) {
        const own = vectors.get(id) as Float32Array;
        const query = fuse(
          own.subarray(0, dimension.identity),
          own.subarray(dimension.identity),
          weight,
        );
        const score = (other: number) => dot(query, vectors.get(other) as Float32Array);
        const best = (ids: Iterable<number>) =>
          [...ids].sort((a, b) => score(b) - score(a) || a - b).slice(0, 10);
        const { ids } = await index.candidates(query, 200);
        expect(ids.length).toBeLessThan(1_000);
        expect(best(ids), `w = ${weight}`).toEqual(best(vectors.keys()));
      }
    }
    await index.close();
  });

  it('shows additions and removals at once, before and after a rebuild', async () => {
    const vectors = clustered(3_000, 2);
    const index = await open(vectors);
    await index.rebuild();
    const added = normalise(noise(new Random(9), dimension.identity + dimension.look));
    index.add(5_000, added);
    vectors.set(5_000, added);
    expect((await index.candidates(added, 5)).ids).toContain(5_000);
    const gone = vectors.get(17) as Float32Array;
    index.remove(17);
    vectors.delete(17);
    expect((await index.candidates(gone, 5)).ids).not.toContain(17);
    await index.rebuild();
    expect((await index.candidates(added, 5)).ids).toContain(5_000);
    expect((await index.candidates(gone, 5)).ids).not.toContain(17);
    await index.close();
  });

  it('keeps changes that are made while it is rebuilt', async () => {
    const vectors = clustered(5_000, 3);
    const index = await open(vectors);
    const building = index.rebuild();
    const added = normalise(noise(new Random(5), dimension.identity + dimension.look));
    index.add(6_000, added);
    const gone = vectors.get(4_000) as Float32Array;
    index.remove(4_000);
    await building;
    expect((await index.candidates(added, 5)).ids).toContain(6_000);
    expect((await index.candidates(gone, 5)).ids).not.toContain(4_000);
    await index.close();
  });

  it('ends a rebuild that is under way when it is closed', async () => {
    const vectors = clustered(20_000, 7);
    const index = await open(vectors);
    const building = index.rebuild();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await index.close();
    await building;
    const again = await open(vectors);
    expect(again.stats.count).toBe(20_000);
    await again.close();
  });

  it('opens what it wrote, with what has changed since', async () => {
    const vectors = clustered(3_000, 4);
    const first = await open(vectors);
    await first.rebuild();
    await first.close();
    vectors.delete(10);
    vectors.set(4_000, normalise(noise(new Random(6), dimension.identity + dimension.look)));
    const second = await open(vectors);
    expect(second.stats).toMatchObject({ overlay: 1, tombstones: 1, count: 3_000 });
    await second.close();
  });

  it.each(['.annoy', '.ids', '.json'])(
    'rebuilds rather than loads a damaged %s file',
    async (end) => {
      const vectors = clustered(3_000, 5);
      const first = await open(vectors);
      await first.rebuild();
      await first.close();
      const name = (await readdir(folder)).find((file) => file.endsWith(end)) as string;
      const bytes = await readFile(join(folder, name));
      bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] as number) ^ 0xff;
      await writeFile(join(folder, name), bytes);
      const log: string[] = [];
      const second = await open(vectors, log);
      expect(log.join()).toContain('index file is not used');
      expect(second.stats).toMatchObject({ overlay: 3_000, count: 3_000 });
      await second.rebuildIfNeeded();
      expect(second.stats).toMatchObject({ overlay: 0, count: 3_000 });
      await second.close();
    },
  );

  it('searches exactly where there is no native index', async () => {
    const vectors = clustered(500, 6);
    const index = await VectorIndex.open({
      folder,
      space: 'faces',
      dimension: dimension.identity + dimension.look,
      revision: 'r1',
      source: sourceOf(vectors),
      readOnly: () => false,
      log: () => undefined,
      annoy: null,
    });
    expect(index.stats.kind).toBe('exact');
    expect((await index.candidates(vectors.get(77) as Float32Array, 1)).ids).toEqual([77]);
    await index.close();
  });
});
