import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dot, normalise } from '../../../src/common/vector.ts';
import type { AnnoyIndex, AnnoyModule } from '../../../src/native/annoy.ts';
import { existingFile } from '../../../src/native/binaryFile.ts';
import { ClusteredVectors } from '../../../tools/bench/syntheticVectors.ts';
import { annoyForTests, describeAnnoy } from '../support/annoy.ts';

const annoy = annoyForTests as AnnoyModule;
const dimension = 48;

function clustered(count: number, seed: number): Float32Array[] {
  const vectors = new ClusteredVectors({ dimension, clusters: count / 20, likeness: 0.6, seed });
  return Array.from({ length: count }, () => vectors.member(vectors.anyCluster()));
}

async function build(vectors: readonly Float32Array[], trees: number): Promise<AnnoyIndex> {
  const index = new annoy.AnnoyIndex(vectors[0]?.length ?? dimension);
  for (const vector of vectors) {
    index.add(vector);
  }
  await index.build(trees, 1);
  return index;
}

function cosine(a: Float32Array, b: Float32Array): number {
  return dot(normalise(a), normalise(b));
}

function exactBest(vectors: readonly Float32Array[], query: Float32Array, count: number) {
  return vectors
    .map((vector, row) => ({ row, cosine: cosine(vector, query) }))
    .sort((a, b) => b.cosine - a.cosine || a.row - b.row)
    .slice(0, count);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annoy-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describeAnnoy('the search', () => {
  it('orders all rows where every one may be looked at, whatever the numbers', async () => {
    // Of a size that float32 can square.
    const number = fc.integer({ min: -8_000, max: 8_000 }).map((value) => value / 1_000);
    const vectorOf = (length: number) =>
      fc
        .array(number, { minLength: length, maxLength: length })
        .map((numbers) => Float32Array.from(numbers));
    await fc.assert(
      fc.asyncProperty(
        // Lengths on both sides of the 16 numbers that one instruction takes.
        fc
          .integer({ min: 2, max: 40 })
          .chain((length) =>
            fc.tuple(fc.array(vectorOf(length), { minLength: 1, maxLength: 60 }), vectorOf(length)),
          ),
        async ([vectors, query]) => {
          const index = await build(vectors, 3);
          const rows = await index.nearest(query, 100, 100);
          expect([...rows].sort((a, b) => a - b)).toEqual([...vectors.keys()]);
          const cosines = [...rows].map((row) => {
            const vector = vectors[row] as Float32Array;
            // The zero vector has no direction: its cosine counts as 0.
            const isZero = [vector, query].some((one) => one.every((value) => value === 0));
            return isZero ? 0 : cosine(vector, query);
          });
          for (const [i, one] of cosines.entries()) {
            // What codes of one byte can tell apart.
            expect(one).toBeLessThan((cosines[i - 1] ?? 1) + 0.02);
          }
          const read = index.vectors(rows);
          expect([...read]).toEqual(
            [...rows].flatMap((row) => [...(vectors[row] as Float32Array)]),
          );
          index.unload();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds 99 % of the ten nearest of 20,000 clustered vectors among half of them', async () => {
    const vectors = clustered(20_000, 3);
    const index = await build(vectors, 40);
    let found = 0;
    for (let n = 0; n < 20; n++) {
      const query = vectors[n * 997] as Float32Array;
      const exact = new Set(exactBest(vectors, query, 10).map(({ row }) => row));
      const rows = await index.nearest(query, 10, 10_000);
      expect(rows.length).toBeLessThanOrEqual(20);
      found += rows.filter((row) => exact.has(row)).length;
    }
    expect(found / 200).toBeGreaterThanOrEqual(0.99);
    index.unload();
  });

  it('finds the best of thousands of nearly equal vectors', async () => {
    // Cosines between .99 and 1, as of the frames of an animation: closer than codes can tell.
    const frames = new ClusteredVectors({ dimension: 256, clusters: 1, likeness: 0.997, seed: 4 });
    const vectors = Array.from({ length: 6_000 }, () => frames.member(0));
    const index = await build(vectors, 2);
    for (let n = 0; n < 10; n++) {
      const query = vectors[n * 601] as Float32Array;
      const best = exactBest(vectors, query, 10).map(({ row }) => row);
      // Far more than twice ten may be the best by their codes: these are compared exactly.
      expect([...(await index.nearest(query, 10, 6_000))]).toEqual(best);
    }
    index.unload();
  });

  it('answers many queries at once, and those that an unloading overtakes', async () => {
    const vectors = clustered(2_000, 5);
    const index = await build(vectors, 10);
    const asked = vectors.slice(0, 50).map((vector) => index.nearest(vector, 1, 500));
    index.unload();
    const answers = await Promise.all(asked);
    expect(answers.map(([row]) => row)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(() => index.nearest(vectors[0] as Float32Array, 1, 1)).toThrow('unloaded');
  });
});

describeAnnoy('a process', () => {
  it('ends in order while searches are under way, and right after them', () => {
    const script = `
      const { AnnoyIndex } = require(${JSON.stringify(existingFile(`${process.platform}-${process.arch}`, 'annoy.node'))});
      const index = new AnnoyIndex(8);
      const vector = Float32Array.from({ length: 8 }, (_, i) => i);
      for (let n = 0; n < 500; n++) index.add(vector.with(0, n));
      index.build(2, 1).then(async () => {
        const asked = Array.from({ length: 200 }, () => index.nearest(vector, 20, 500));
        await asked[100];
      });`;
    for (let run = 0; run < 10; run++) {
      const { status, signal } = spawnSync(process.execPath, ['-e', script]);
      expect({ status, signal }).toEqual({ status: 0, signal: null });
    }
  });
});

describeAnnoy('arguments', () => {
  it('that are not what they must be are errors, never a crash', async () => {
    const [vector] = clustered(100, 1) as [Float32Array];
    const index = await build(clustered(100, 1), 2);
    expect(() => new annoy.AnnoyIndex(0)).toThrow(RangeError);
    expect(() => index.add(vector)).toThrow('not yet built');
    expect(() => index.vectors(Int32Array.of(0, 100))).toThrow(RangeError);
    expect(() => index.vectors(Int32Array.of(-1))).toThrow(RangeError);
    expect(() => index.vectors([0] as never)).toThrow(TypeError);
    expect(() => index.nearest(vector.subarray(1), 1, 1)).toThrow('Expected 48 numbers');
    expect(() => index.nearest(vector, 0, 1)).toThrow(RangeError);
    expect(() => index.nearest(vector, 1.5, 1)).toThrow(RangeError);
    expect(() => index.nearest(vector.fill(Number.NaN, 3, 4), 1, 1)).toThrow('finite');
    const junk = fc.anything() as fc.Arbitrary<never>;
    fc.assert(
      fc.property(junk, junk, junk, (a, b, c) => {
        const isValid = (value: unknown) => Number.isInteger(value) && Number(value) > 0;
        fc.pre(!((a as unknown) instanceof Float32Array) && !(isValid(a) && isValid(b)));
        expect(() => index.nearest(a, b, c)).toThrow();
        expect(() => index.load(a, b, c)).toThrow();
        expect(() => index.build(a, b, c)).toThrow();
      }),
    );
    index.unload();
  });
});

describeAnnoy('files', () => {
  it('answer as the index that wrote them', async () => {
    const vectors = clustered(3_000, 8);
    const built = await build(vectors, 8);
    const path = join(folder, 'same.annoy');
    await built.save(path);
    await expect(built.save(path)).rejects.toThrow('cannot create');
    const read = new annoy.AnnoyIndex(dimension);
    await read.load(path, 3_000, 8);
    for (const query of vectors.slice(0, 20)) {
      const answers = await Promise.all([built, read].map((one) => one.nearest(query, 20, 700)));
      expect(answers[1]).toEqual(answers[0]);
    }
    read.unload();
    built.unload();
  });

  it('may lie in folders of any name', async () => {
    const vectors = clustered(300, 8);
    const built = await build(vectors, 4);
    const odd = join(folder, 'Jürgen 名前 🙂');
    await mkdir(odd);
    const path = join(odd, 'индекс.annoy');
    await built.save(path);
    const read = new annoy.AnnoyIndex(dimension);
    await read.load(path, 300, 4);
    expect(read.count).toBe(300);
    read.unload();
    built.unload();
  });

  it('are opened in one place, which knows the wide functions of Windows', async () => {
    const sources = fileURLToPath(new URL('../../../src/native/', import.meta.url));
    const names = (await readdir(sources)).filter((name) => /\.(cc|h)$/.test(name));
    const narrow = /\b(fopen|freopen|open|creat|remove|rename|unlink|stat|ifstream|ofstream)\s*\(/;
    const users: string[] = [];
    for (const name of names) {
      if (narrow.test((await readFile(join(sources, name), 'utf8')).replace(/\/\/.*$/gm, ''))) {
        users.push(name);
      }
    }
    expect(users).toEqual(['files.cc']);
  });

  it('with any byte of their trees changed are refused or searched, never fatal', async () => {
    const vectors = clustered(600, 9);
    const built = await build(vectors, 4);
    const path = join(folder, 'sound.annoy');
    await built.save(path);
    built.unload();
    const sound = await readFile(path);
    const nodeBytes = 12 + 4 * dimension;
    const treesAt = 600 * nodeBytes;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: treesAt, max: sound.length - 1 }), fc.nat(255)), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.nat(1_000_000),
        async (changes, name) => {
          const bytes = Buffer.from(sound);
          for (const [at, value] of changes) {
            bytes[at] = value;
          }
          const damaged = join(folder, `damaged-${name}.annoy`);
          await writeFile(damaged, bytes);
          const index = new annoy.AnnoyIndex(dimension);
          const isLoaded = await index.load(damaged, 600, 4).then(
            () => true,
            (error: Error) => {
              expect(error.message).toMatch(/damaged|node|tree|size/);
              return false;
            },
          );
          if (isLoaded) {
            const rows = await index.nearest(vectors[0] as Float32Array, 10, 300);
            expect(rows.every((row) => row >= 0 && row < 600)).toBe(true);
          }
          index.unload();
          await rm(damaged);
        },
      ),
      { numRuns: 200 },
    );
  });
});
