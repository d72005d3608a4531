/** How well clusters agree with known characters; all are fractions but ARI, which may be below 0. */
export interface ClusterMeasures {
  readonly faces: number;
  readonly characters: number;
  readonly clusters: number;
  /** Bagga and Baldwin's B³: of each face, the share of its cluster that is its character, and reverse. */
  readonly bcubedPrecision: number;
  readonly bcubedRecall: number;
  readonly bcubedF1: number;
  /** Hubert and Arabie's adjusted Rand index. */
  readonly ari: number;
  readonly pairF1: number;
  /** Share of the faces in clusters of two or more, and the share of these that are of their cluster's main character. */
  readonly coverage: number;
  readonly purity: number;
}

const pairsOf = (count: number) => (count * (count - 1)) / 2;

function countBy<K>(keys: Iterable<K>): Map<K, number> {
  const counts = new Map<K, number>();
  for (const key of keys) {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const sumPairs = (counts: Map<unknown, number>) =>
  [...counts.values()].reduce((sum, count) => sum + pairsOf(count), 0);

/** Compares clusters with characters, face by face; labels of either kind are only told apart. */
export function measureClusters(
  characters: readonly string[],
  clusters: readonly (string | number)[],
): ClusterMeasures {
  const faces = characters.length;
  const cells = characters.map((character, face) => JSON.stringify([character, clusters[face]]));
  const both = countBy(cells);
  const byCharacter = countBy(characters);
  const byCluster = countBy(clusters);
  let precision = 0;
  let recall = 0;
  for (const [face, cell] of cells.entries()) {
    const together = both.get(cell) as number;
    precision += together / (byCluster.get(clusters[face] as string | number) as number) / faces;
    recall += together / (byCharacter.get(characters[face] as string) as number) / faces;
  }
  const same = sumPairs(both);
  const [ofCharacters, ofClusters] = [sumPairs(byCharacter), sumPairs(byCluster)];
  const expected = (ofCharacters * ofClusters) / Math.max(1, pairsOf(faces));
  const most = (ofCharacters + ofClusters) / 2;
  const main = new Map<string | number, number>();
  for (const [face, cell] of cells.entries()) {
    const cluster = clusters[face] as string | number;
    main.set(cluster, Math.max(main.get(cluster) ?? 0, both.get(cell) as number));
  }
  const several = [...byCluster].filter(([, count]) => count > 1);
  const covered = several.reduce((sum, [, count]) => sum + count, 0);
  const pure = several.reduce((sum, [cluster]) => sum + (main.get(cluster) as number), 0);
  return {
    faces,
    characters: byCharacter.size,
    clusters: byCluster.size,
    bcubedPrecision: precision,
    bcubedRecall: recall,
    bcubedF1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    ari: most === expected ? 1 : (same - expected) / (most - expected),
    pairF1: most === 0 ? 1 : same / most,
    coverage: faces === 0 ? 0 : covered / faces,
    purity: covered === 0 ? 1 : pure / covered,
  };
}
