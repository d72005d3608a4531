import { describe, expect, it } from 'vitest';
import type { Box } from '../../../src/common/geometry.ts';
import type { Raster } from '../../../src/common/raster.ts';
import { FacePipeline, rescore } from '../../../src/engine/models/facePipeline.ts';

const rescoring = { weights: [2, -1], bias: 0.5, candidateScore: 0.2 };

describe('rescore', () => {
  it('leaves a score of which the vector says nothing', () => {
    expect(rescore(0.3, Float32Array.of(0, 0.5), rescoring)).toBeCloseTo(0.3, 6);
  });

  it('adds log-odds', () => {
    // Even odds times e^(2 + 0.5), and e^(-2 + 0.5).
    expect(rescore(0.5, Float32Array.of(1, 0), rescoring)).toBeCloseTo(0.924142, 5);
    expect(rescore(0.5, Float32Array.of(-1, 0), rescoring)).toBeCloseTo(0.182426, 5);
  });

  it('lets what is no candidate rise no higher than candidates are', () => {
    expect(rescore(0.19, Float32Array.of(1, 0), rescoring)).toBe(0.2);
    expect(rescore(0.21, Float32Array.of(1, 0), rescoring)).toBeGreaterThan(0.7);
    expect(rescore(0.19, Float32Array.of(-1, 0), rescoring)).toBeLessThan(0.1);
  });

  it('stays between the bounds of a score', () => {
    expect(rescore(1, Float32Array.of(-1, 0), rescoring)).toBe(1);
    expect(rescore(0, Float32Array.of(1, 0), rescoring)).toBe(0);
  });
});

describe('FacePipeline', () => {
  const raster: Raster = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) };
  const prepared = { raster, inputs: [] };
  const boxAt = (x: number): Box => ({ x, y: 0, width: 8, height: 8 });

  /** Finds boxes with a score each; the crop of a box is as wide as the box lies to the right. */
  function readerOf(
    pictures: readonly (readonly (readonly [x: number, score: number])[])[],
    vectors: Readonly<Record<number, readonly [number, number]>>,
  ) {
    return new FacePipeline(
      {
        detector: {
          detect: async () =>
            pictures.map((found) => found.map(([x, score]) => ({ box: boxAt(x), score }))),
        },
        cropFace: async (_, { x }) => ({ width: x, height: 1, data: new Uint8Array(3 * x) }),
        identity: {
          embed: async (crops) => crops.map(({ width }) => Float32Array.from(vectors[width] ?? [])),
        },
      },
      0.4,
      rescoring,
    );
  }

  it('drops what the vector does not take for a face, and keeps what it makes sure', async () => {
    const reader = readerOf(
      [
        [
          [1, 0.6],
          [2, 0.3],
        ],
      ],
      { 1: [-1, 0], 2: [1, 0] },
    );
    const [faces = []] = await reader.read([prepared]);
    expect(faces.map(({ box }) => box.x)).toEqual([2]);
    expect(faces[0]?.score).toBeCloseTo(0.839, 3);
    expect([...(faces[0]?.identity ?? [])]).toEqual([1, 0]);
  });

  it('gives each picture its own faces, best first', async () => {
    const reader = readerOf(
      [
        [
          [1, 0.6],
          [2, 0.5],
        ],
        [],
        [[3, 0.9]],
      ],
      {
        1: [0, 0.5],
        2: [1, 0],
        3: [0, 0],
      },
    );
    const faces = await reader.read([prepared, prepared, prepared]);
    expect(faces.map((one) => one.map(({ box }) => box.x))).toEqual([[2, 1], [], [3]]);
  });

  it('never has the crops of a whole collage in memory', async () => {
    const counts = [150, 1, 0, 70];
    const pictures = counts.map((count, picture) => ({
      raster: { ...raster, width: picture },
      boxes: Array.from({ length: count }, (_, x) => boxAt(x)),
    }));
    let alive = 0;
    let most = 0;
    const reader = new FacePipeline(
      {
        detector: { detect: async () => [] },
        cropFace: async ({ width }, { x }) => {
          alive++;
          most = Math.max(most, alive);
          return { width: 1_000 * width + x, height: 1, data: new Uint8Array() };
        },
        identity: {
          embed: async (crops) => {
            alive -= crops.length;
            return crops.map(({ width }) => Float32Array.of(width));
          },
        },
      },
      0.4,
      undefined,
    );
    const vectors = await reader.embed(pictures);
    expect(vectors.map((ofOne) => ofOne.map(([value]) => value))).toEqual(
      counts.map((count, picture) => Array.from({ length: count }, (_, x) => 1_000 * picture + x)),
    );
    expect(most).toBeLessThanOrEqual(counts.length * 64);
    expect(most).toBeLessThan(200);
  });

  it('goes by the score of the detector alone where there is no rescoring', async () => {
    const plain = new FacePipeline(
      {
        detector: { detect: async () => [[{ box: boxAt(1), score: 0.41 }]] },
        cropFace: async () => raster,
        identity: { embed: async () => [Float32Array.of(-1, 0)] },
      },
      0.4,
      undefined,
    );
    expect(await plain.read([prepared])).toEqual([
      [{ box: boxAt(1), score: 0.41, identity: Float32Array.of(-1, 0) }],
    ]);
  });
});
