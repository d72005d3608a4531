/**
 * Gives new clusters the ids of the old ones that they overlap most, so that a character keeps its
 * id while the library grows. The pair with the most faces in common comes first; equal pairs are
 * ordered by the old id. A cluster that overlaps none, or only ones that are taken, gets a new id.
 *
 * @param clusters the faces of each new cluster
 * @param before the old cluster of a face; null or undefined for none
 * @param createId an id that no cluster had before
 * @returns the id of each cluster, in their order
 */
export function matchClusters(
  clusters: readonly (readonly number[])[],
  before: (face: number) => number | null | undefined,
  createId: () => number,
): number[] {
  const overlaps = clusters.flatMap((faces, cluster) => {
    const counts = new Map<number, number>();
    for (const face of faces) {
      const id = before(face);
      if (id !== null && id !== undefined) {
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
    return [...counts].map(([id, faces]) => ({ cluster, id, faces }));
  });
  overlaps.sort((a, b) => b.faces - a.faces || a.id - b.id || a.cluster - b.cluster);
  const ids = new Map<number, number>();
  const taken = new Set<number>();
  for (const { cluster, id } of overlaps) {
    if (!ids.has(cluster) && !taken.has(id)) {
      ids.set(cluster, id);
      taken.add(id);
    }
  }
  return clusters.map((_, cluster) => ids.get(cluster) ?? createId());
}
