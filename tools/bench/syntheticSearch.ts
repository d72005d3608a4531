import { type Dimensions, dot } from '../../src/common/vector.ts';
import { LibraryStore } from '../../src/engine/library/libraryStore.ts';
import { FaceVectors } from '../../src/engine/library/vectorSources.ts';
import { drawVectors, imaginaryFiles, writeSyntheticLibrary } from './syntheticLibrary.ts';

export interface SyntheticQuery {
  readonly identity: Float32Array;
  readonly look: Float32Array;
}

export interface SearchedLibrary {
  readonly folder: string;
  readonly faces: number;
  readonly modelRevision: string;
  readonly dimensions: Dimensions;
  /** Vectors of the next face; clusters drawn by chance where it is left out. */
  readonly draw?: () => SyntheticQuery;
}

/** Writes a library of one face an image, whose files exist in it only, and opens it. */
export async function openSearchedLibrary(library: SearchedLibrary): Promise<LibraryStore> {
  const { folder, faces, modelRevision, dimensions, draw } = library;
  await writeSyntheticLibrary({
    storageFolder: folder,
    modelRevision,
    dimensions,
    folder: '/art',
    files: imaginaryFiles('/art', faces),
    facesPerImage: 1,
    faces,
    ...(draw === undefined ? {} : { draw }),
  });
  return LibraryStore.open(folder, (error) => {
    throw error;
  });
}

/** Pictures that are not in a library of `faces` faces, of characters and looks that are. */
export function drawQueries(
  faces: number,
  dimensions: Dimensions,
  count: number,
): SyntheticQuery[] {
  // The same seed makes the same clusters; the members drawn are new ones.
  const { identities, looks } = drawVectors(faces, dimensions, 1);
  return Array.from({ length: count }, (_, n) => ({
    identity: identities.member(n * 7),
    look: looks.member(n * 3),
  }));
}

/** The true ten best images, by weight and query, and what comparing with all vectors took. */
export function exactBest(
  store: LibraryStore,
  { modelRevision, dimensions }: SearchedLibrary,
  weights: readonly number[],
  asked: readonly SyntheticQuery[],
): { readonly best: ReadonlySet<number>[][]; readonly msPerQuery: number } {
  const tops = weights.map(() => asked.map(() => new TopTen()));
  const source = new FaceVectors(store.database, modelRevision, dimensions);
  let compareMs = 0;
  for (const { id, vector } of source.vectors(source.ids())) {
    const identity = vector.subarray(0, dimensions.identity);
    const look = vector.subarray(dimensions.identity);
    const begun = performance.now();
    for (const [q, query] of asked.entries()) {
      const face = dot(query.identity, identity);
      const feel = dot(query.look, look);
      for (const [i, weight] of weights.entries()) {
        tops[i]?.[q]?.offer(id, weight * face + (1 - weight) * feel);
      }
    }
    compareMs += performance.now() - begun;
  }
  return {
    // One face an image, written in one order: face and image have the same id.
    best: tops.map((row) => row.map((top) => top.ids())),
    msPerQuery: compareMs / asked.length,
  };
}

class TopTen {
  readonly #entries: { id: number; score: number }[] = [];

  offer(id: number, score: number): void {
    const last = this.#entries.at(-1);
    if (this.#entries.length === 10 && last !== undefined && score <= last.score) {
      return;
    }
    const at = this.#entries.findIndex((entry) => score > entry.score);
    this.#entries.splice(at < 0 ? this.#entries.length : at, 0, { id, score });
    this.#entries.length = Math.min(10, this.#entries.length);
  }

  ids(): ReadonlySet<number> {
    return new Set(this.#entries.map(({ id }) => id));
  }
}
