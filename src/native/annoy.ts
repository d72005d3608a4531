import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { FamiliarError } from '../common/failure.ts';
import { binaryPaths } from './binaryFile.ts';

/**
 * An Annoy forest over float32 vectors with the angular distance. It is filled, then built (or
 * loaded) once, and can only be read from then on. Errors of tasks carry a `code`: `damaged`,
 * `cancelled`, `memory` or `failed`.
 */
export interface AnnoyIndex {
  readonly dimension: number;
  readonly count: number;
  readonly trees: number;
  /** Size of the file, or of the memory, that holds the forest. */
  readonly bytes: number;
  /** @returns the row of the vector; rows count from 0. */
  add(vector: Float32Array): number;
  /** On another thread. With one thread the same seed gives the same forest. */
  build(trees: number, threads: number, seed?: number): Promise<void>;
  cancel(): void;
  save(path: string): Promise<void>;
  /** Maps a file and checks every node of it before it is used. */
  load(path: string, count: number, trees: number): Promise<void>;
  /**
   * Rows of about the `count` vectors most alike, best first, among the `searchK` (or a few more)
   * that the trees choose; among all where there are no more than that. They are compared by codes
   * of one byte a number: up to twice as many come back where codes cannot tell which are the
   * best, for whoever asks to compare them exactly. On another thread.
   */
  nearest(query: Float32Array, count: number, searchK: number): Promise<Int32Array>;
  /** The vectors of these rows, one after the other. */
  vectors(rows: Int32Array): Float32Array;
  unload(): void;
}

export interface AnnoyModule {
  readonly AnnoyIndex: new (dimension: number) => AnnoyIndex;
}

export type AnnoyLoad = { readonly module: AnnoyModule } | { readonly unavailable: FamiliarError };

/** The native index, or why there is none on this machine. Never throws. */
export function loadAnnoy(
  paths: readonly string[] = binaryPaths(`${process.platform}-${process.arch}`, 'annoy.node'),
): AnnoyLoad {
  const path = paths.find((candidate) => existsSync(candidate));
  const remedy =
    'Searches scan exactly instead. In the repository, install a C++ compiler and run npm start.';
  if (path === undefined) {
    const message = `Expected the Annoy binding for ${process.platform}-${process.arch} but found none.`;
    return { unavailable: new FamiliarError('index-build', message, { remedy }) };
  }
  try {
    return { module: createRequire(import.meta.url)(path) as AnnoyModule };
  } catch (cause) {
    const message = `Expected to load ${path} but received: ${String(cause)}.`;
    return { unavailable: new FamiliarError('index-build', message, { remedy, cause }) };
  }
}
