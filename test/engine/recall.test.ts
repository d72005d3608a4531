import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundledModels } from '../../src/cli/openLibrary.ts';
import { concatenate, dot, fuse } from '../../src/common/vector.ts';
import { comparedWhole, searchLimit } from '../../src/engine/search/limits.ts';
import { VectorIndex } from '../../src/engine/search/vectorIndex.ts';
import { type AnnoyIndex, loadAnnoy } from '../../src/native/annoy.ts';
import {
  MixedVectors,
  type SeenFace,
  seeSampleFaces,
  splitSeen,
} from '../../tools/bench/mixedVectors.ts';

/** So many that trees are walked, which choose less than half of them. */
const count = 30_000;
const queries = 40;
/** Candidates of a search for 500 results, as the engine asks for them. */
const candidates = 750;

let folder: string;
let asked: readonly SeenFace[];
let vectors: Float32Array[];
let index: VectorIndex;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recall-'));
  const seen = await seeSampleFaces(bundledModels(), { characters: 40, images: 120 });
  const split = splitSeen(seen, queries);
  asked = split.asked;
  const mixed = new MixedVectors(split.mixed, 3);
  vectors = Array.from({ length: count }, () => {
    const { identity, look } = mixed.next();
    return concatenate(identity, look);
  });
  index = await VectorIndex.open({
    folder,
    space: 'faces',
    dimension: vectors[0]?.length ?? 0,
    revision: 'r1',
    source: {
      idPages: () => [vectors.map((_, n) => n + 1)],
      *vectors(ids: Int32Array) {
        for (const id of ids) {
          yield { id, vector: vectors[id - 1] as Float32Array };
        }
      },
    },
    readOnly: () => false,
    log: (message) => expect.fail(message),
  });
  await index.rebuild();
  expect(index.stats).toMatchObject({ kind: 'annoy', overlay: 0, count });
}, 600_000);
afterAll(async () => {
  await index.close();
  await rm(folder, { recursive: true });
});

/** Share of the ten best by exact comparison that are among the candidates. */
async function recall(
  weight: number,
  find: (query: Float32Array) => Promise<Iterable<number>>,
): Promise<number> {
  let found = 0;
  for (const { identity, look } of asked) {
    const query = fuse(identity, look, weight);
    const scores = Float64Array.from(vectors, (vector) => dot(query, vector));
    const tenth = scores.toSorted().at(-10) as number;
    for (const row of await find(query)) {
      found += (scores[row] as number) >= tenth ? 1 : 0;
    }
  }
  return found / (10 * asked.length);
}

const viaIndex = async (query: Float32Array) =>
  (await index.candidates(query, candidates)).ids.map((id) => id - 1);

describe('the trees', () => {
  it('are walked at this size', () => {
    expect(count).toBeGreaterThan(comparedWhole);
    expect(searchLimit(count)).toBeLessThan(count / 2);
  });

  it.each([1, 0.75, 0.5, 0])('find 99 of 100 of the ten best at w = %d', async (weight) => {
    expect(await recall(weight, viaIndex)).toBeGreaterThanOrEqual(0.99);
  });

  it('would find less among a quarter of them', async () => {
    const loaded = loadAnnoy();
    if ('unavailable' in loaded) {
      throw loaded.unavailable;
    }
    const forest: AnnoyIndex = new loaded.module.AnnoyIndex(vectors[0]?.length ?? 0);
    for (const vector of vectors) {
      forest.add(vector);
    }
    await forest.build(40, 1);
    const fewer = Math.floor(searchLimit(count) / 4);
    const least = await Promise.all(
      [1, 0.75, 0.5, 0].map((weight) =>
        recall(weight, (query) => forest.nearest(query, candidates, fewer)),
      ),
    );
    forest.unload();
    expect(Math.min(...least)).toBeLessThan(0.99);
  });
});
