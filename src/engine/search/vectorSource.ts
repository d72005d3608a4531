/**
 * The store as an index sees it; ids are positive. An id has the same vector for as
 * long as it is there, and is never used again.
 */
export interface VectorSource {
  /** All ids, in no order, a page at a time: other work gets its turn in between. */
  idPages(): Iterable<readonly number[]>;
  /** Those of the ascending ids that are still there, ascending. */
  vectors(ids: Int32Array): Iterable<{ readonly id: number; readonly vector: Float32Array }>;
}
