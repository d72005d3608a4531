/** Ids of images and faces, of whatever model revision: no two rows of a library ever share one. */
export interface RowIds {
  readonly images: readonly number[];
  readonly faces: readonly number[];
}

/** An image that is to be found, with the unit vectors that it is found by. */
export interface IndexedImage {
  readonly id: number;
  readonly modelRevision: string;
  readonly look: Float32Array;
  /** Those that are to be found from now on; others of the image stay as they are. */
  readonly faces: readonly { readonly id: number; readonly identity: Float32Array }[];
}

/**
 * What a write changed for whoever keeps an index of the library. It carries the vectors, so that
 * nothing is read back, and the ids that must no longer be found, which are removed first.
 */
export interface LibraryChange {
  readonly removed: RowIds;
  readonly added: readonly IndexedImage[];
}

export const noRows: RowIds = { images: [], faces: [] };

/** All ids of several lists. */
export function joinRows(lists: readonly RowIds[]): RowIds {
  return {
    images: lists.flatMap(({ images }) => images),
    faces: lists.flatMap(({ faces }) => faces),
  };
}
