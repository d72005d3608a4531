import { expect, it } from 'vitest';
import { groupFaces, noDecisions } from '../../../src/engine/characters/groupFaces.ts';
import { ClusteredVectors } from '../../../tools/bench/syntheticVectors.ts';

const dimension = 64;
const signal = new AbortController().signal;

/** Poses of characters, each drawn many times with hardly a difference. */
function stack(characters: number, poses: number, variants: number) {
  const drawn = new ClusteredVectors({ dimension, clusters: characters, likeness: 0.75, seed: 3 });
  const rows: Float32Array[] = [];
  const truth: number[] = [];
  for (let n = 0; n < characters * poses; n++) {
    const pose = drawn.member(n % characters);
    for (let variant = 0; variant < variants; variant++) {
      const row = pose.map((value, i) => value + 0.004 * Math.sin(i * (variant + 1)));
      const length = Math.hypot(...row);
      rows.push(row.map((value) => value / length));
      truth.push(n % characters);
    }
  }
  const values = new Float32Array(rows.length * dimension);
  for (const [place, row] of rows.entries()) {
    values.set(row, place * dimension);
  }
  return { values, truth };
}

it('finds a character in several poses although each pose is a stack of variants', async () => {
  const { values, truth } = stack(5, 4, 45);
  const ids = truth.map((_, row) => row);
  const { clusters } = await groupFaces(
    { stableIds: ids, imageIds: ids, identities: { dimension, values } },
    noDecisions,
    undefined,
    signal,
  );
  for (const faces of clusters) {
    expect(new Set(faces.map((face) => truth[face])).size).toBe(1);
  }
  expect(clusters).toHaveLength(5);
});

it('does not take variants for one character where a person or a picture says otherwise', async () => {
  const { values, truth } = stack(2, 1, 4);
  const ids = truth.map((_, row) => row);
  const grouped = await groupFaces(
    // The first two are in one picture; a person said that the third and fourth are two.
    { stableIds: ids, imageIds: [0, 0, 2, 3, 4, 5, 6, 7], identities: { dimension, values } },
    { groups: [{ faces: [2], rejected: [3] }] },
    undefined,
    signal,
  );
  const clusterOf = (face: number) => grouped.clusters.findIndex((faces) => faces.includes(face));
  expect(clusterOf(0)).not.toBe(clusterOf(1));
  expect(clusterOf(2)).not.toBe(clusterOf(3));
  expect(clusterOf(4)).toBe(clusterOf(7));
});
