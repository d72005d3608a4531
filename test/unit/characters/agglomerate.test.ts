import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  agglomerate,
  type FaceGraph,
  type Links,
} from '../../../src/engine/characters/agglomerate.ts';

type Edge = readonly [number, number, number];
const noLinks: Links = { together: [], apart: [] };

function graphOf(count: number, edges: readonly Edge[], absent = -1): FaceGraph {
  return {
    count,
    from: Int32Array.from(edges, ([from]) => from),
    to: Int32Array.from(edges, ([, to]) => to),
    weights: Float32Array.from(edges, ([, , weight]) => weight),
    absent,
  };
}

const cluster = (count: number, edges: readonly Edge[], links = noLinks) => [
  ...agglomerate(graphOf(count, edges), links),
];

describe('faces are grouped by the mean evidence between them', () => {
  it('joins what is rather the same and leaves what is rather different', () => {
    const edges: Edge[] = [
      [0, 1, 3],
      [2, 3, 3],
      [1, 2, -1],
    ];
    expect(cluster(5, edges)).toEqual([0, 0, 2, 2, 4]);
  });

  it('does not follow a chain of look-alikes from one character to the next', () => {
    const chain: Edge[] = [
      [0, 1, 4],
      [2, 3, 4],
      [1, 2, 1],
    ];
    expect(cluster(4, chain)).toEqual([0, 0, 2, 2]);
  });

  it('honours what a person said, above all evidence', () => {
    const edges: Edge[] = [
      [0, 1, 5],
      [1, 2, 4],
      [0, 2, 4],
    ];
    expect(cluster(4, edges, { together: [[2, 3]], apart: [[0, 1]] })).toEqual([0, 1, 0, 0]);
    expect(cluster(4, edges, { together: [], apart: [[0, 1]] })[1]).not.toBe(0);
    expect(cluster(4, edges, { together: [[0, 3]], apart: [[0, 3]] })[3]).toBe(0);
  });

  it('never joins faces that are apart, and always those that are together', () => {
    const pair = fc.tuple(fc.nat(11), fc.nat(11)).filter(([a, b]) => a !== b);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(pair, fc.float({ min: -5, max: 5, noNaN: true })), {
          selector: ([[a, b]]) => `${Math.min(a, b)} ${Math.max(a, b)}`,
        }),
        fc.array(pair),
        fc.array(pair, { maxLength: 2 }),
        (weighted, apart, together) => {
          const edges = weighted.map(([[a, b], weight]): Edge => [a, b, weight]);
          const labels = cluster(12, edges, { together, apart });
          const joined = cluster(12, [], { together, apart: [] });
          for (const [a, b] of together) {
            expect(labels[a]).toBe(labels[b]);
          }
          for (const [a, b] of apart) {
            // What is together by decision stays so.
            expect(labels[a] === labels[b]).toBe(joined[a] === joined[b]);
          }
          expect(cluster(12, edges.toReversed(), { together, apart })).toEqual(labels);
        },
      ),
    );
  });
});
