/**
 * The store as an index sees it; ids are positive and ascending. An id has the same vector for as
 * long as it is there, and is never used again.
 */
export interface VectorSource {
  ids(): Int32Array;
  /** Those of the ids, ascending, that are still there. */
  vectors(ids: Int32Array): Iterable<{ readonly id: number; readonly vector: Float32Array }>;
}
