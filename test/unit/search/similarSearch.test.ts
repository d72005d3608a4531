import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dot, fuse, normalise } from '../../../src/common/vector.ts';
import type { MatchImage } from '../../../src/engine/library/searchReader.ts';
import { compare, type QueryVector, rank } from '../../../src/engine/search/fusedRanking.ts';
import { nothingRejected } from '../../../src/engine/search/rejectedFaces.ts';
import { SimilarSearch } from '../../../src/engine/search/similarSearch.ts';
import type { VectorStore } from '../../../src/engine/search/vectorStore.ts';
import { Random } from '../../../tools/sample/random.ts';

const dimensions = { identity: 8, look: 6 };

/** A store in memory that writes down what it is asked for. */
class MemoryStore implements VectorStore {
  readonly dimensions = dimensions;
  readonly asked: string[] = [];
  readonly #images: readonly MatchImage[];

  constructor(images: readonly MatchImage[]) {
    this.#images = images;
  }

  get faces() {
    return this.#nearest(
      this.#images.flatMap(({ faces, look }) =>
        faces.map(({ id, identity }) => ({ id, vector: [...identity, ...look] })),
      ),
    );
  }

  get looks() {
    return this.#nearest(this.#images.map(({ id, look }) => ({ id, vector: [...look] })));
  }

  imagesOfFaces(faceIds: readonly number[]): number[] {
    this.asked.push(...faceIds.map((id) => `image of face ${id}`));
    const wanted = new Set(faceIds);
    return this.#images
      .filter(({ faces }) => faces.some(({ id }) => wanted.has(id)))
      .map(({ id }) => id);
  }

  withoutFaces(imageIds: readonly number[]): number[] {
    this.asked.push(...imageIds.map((id) => `faces of image ${id}`));
    return this.images(imageIds, [])
      .filter(({ faces }) => faces.length === 0)
      .map(({ id }) => id);
  }

  images(imageIds: readonly number[], asked = this.asked): MatchImage[] {
    asked.push(...imageIds.map((id) => `image ${id}`));
    const wanted = new Set(imageIds);
    return this.#images.filter(({ id }) => wanted.has(id));
  }

  /** Few of them, so that another weight brings others into view. */
  #nearest(stored: { id: number; vector: number[] }[]) {
    return {
      candidates: async (query: Float32Array) => {
        const scored = stored.map(({ id, vector }) => ({
          id,
          score: dot(query, Float32Array.from(vector)),
        }));
        scored.sort((a, b) => b.score - a.score || a.id - b.id);
        return { ids: scored.slice(0, 12).map(({ id }) => id) };
      },
    };
  }
}

function draw(seed: number): { images: MatchImage[]; queries: QueryVector[] } {
  const random = new Random(seed);
  const unit = (length: number) =>
    normalise(Float32Array.from({ length }, () => random.between(-1, 1)));
  const images = Array.from({ length: 60 }, (_, n) => ({
    id: n + 1,
    contentHash: `content ${n}`,
    width: 4,
    height: 3,
    look: unit(dimensions.look),
    faces: Array.from({ length: random.integer(0, 3) }, (_face, k) => ({
      id: 100 * (n + 1) + k,
      stableId: 100 * (n + 1) + k,
      identity: unit(dimensions.identity),
    })),
  }));
  const queries = Array.from({ length: random.integer(1, 3) }, (_, n) => ({
    faceId: n,
    identity: random.next() < 0.8 ? unit(dimensions.identity) : null,
    look: unit(dimensions.look),
    ...nothingRejected,
  }));
  return { images, queries };
}

/** The same with nothing remembered: all candidates are asked for and compared. */
async function findPlainly(
  store: MemoryStore,
  queries: readonly QueryVector[],
  weight: number,
  excluded: string,
) {
  const ids = new Set<number>();
  const add = (id: number) => void ids.add(id);
  for (const { identity, look } of queries) {
    if (identity !== null) {
      const { ids: faceIds } = await store.faces.candidates(fuse(identity, look, weight));
      store.imagesOfFaces(faceIds).forEach(add);
    }
    if (identity === null || weight < 1) {
      const { ids: imageIds } = await store.looks.candidates(look);
      const isOfFaces = identity !== null && weight >= 0.25;
      (isOfFaces ? store.withoutFaces(imageIds) : imageIds).forEach(add);
    }
  }
  const images = store.images([...ids]).filter(({ contentHash }) => contentHash !== excluded);
  const comparisons = images.flatMap((image) => queries.map((query) => compare(query, image)));
  return rank(comparisons, weight).map((ranked) => {
    const { contentHash, width, height } = images.find(({ id }) => id === ranked.imageId) ?? {};
    return { ...ranked, contentHash, width, height };
  });
}

const weight = fc.double({ min: 0, max: 1, noNaN: true });

const given = fc.record({
  seed: fc.nat(),
  weights: fc.array(weight, { minLength: 2, maxLength: 6 }),
});

it('finds at every weight what a plain search finds, and reads no image twice', async () => {
  await fc.assert(
    fc.asyncProperty(given, async ({ seed, weights }) => {
      const { images, queries } = draw(seed);
      const store = new MemoryStore(images);
      const search = new SimilarSearch(store, queries);
      const own = `content ${seed % 60}`;
      const find = (one: number) =>
        search.find({
          weight: one,
          wanted: 10,
          exclude: new Set([own]),
          signal: new AbortController().signal,
        });
      const nearness = new Map<number | null, unknown>();
      for (const one of weights) {
        const plain = await findPlainly(new MemoryStore(images), queries, one, own);
        const found = await find(one);
        expect(found.map(({ nearness: _, ...match }) => match)).toEqual(plain);
        // What says how likely a result is does not move with the slider.
        for (const match of found) {
          const known = nearness.get(match.queryFaceId) ?? match.nearness;
          expect(match.nearness).toEqual(known);
          nearness.set(match.queryFaceId, known);
        }
      }
      const before = store.asked.length;
      await find(weights[0] as number);
      expect(store.asked).toHaveLength(before);
      const reads = store.asked.filter((asked) => /^image \d+$/.test(asked));
      expect(new Set(reads).size).toBe(reads.length);
    }),
    { numRuns: 200 },
  );
});
