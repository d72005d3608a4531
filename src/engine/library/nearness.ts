import { z } from 'zod';
import type { MetaTable } from './metaTable.ts';

/**
 * How near the most alike faces are: cosines of identity vectors at three places of a list of faces,
 * most alike first.
 */
export interface Nearness {
  readonly first: number;
  readonly fifth: number;
  readonly twentieth: number;
}

/** The mean of a library's faces. */
export interface LibraryNearness extends Nearness {
  readonly faces: number;
}

const nearnessSchema = z.strictObject({
  faces: z.number().int(),
  first: z.number(),
  fifth: z.number(),
  twentieth: z.number(),
});

/** Reads the nearness from cosines, best first; a list that is too short ends with its last. Null for none. */
export function nearnessOf(cosines: ArrayLike<number>): Nearness | null {
  if (cosines.length === 0) {
    return null;
  }
  const at = (place: number) => cosines[Math.min(place, cosines.length) - 1] as number;
  return { first: at(1), fifth: at(5), twentieth: at(20) };
}

const keyOf = (modelRevision: string) => `nearness ${modelRevision}`;

/** Keeps the mean nearness of a library's faces, as of the last time that they were grouped. */
export function saveNearness(
  meta: MetaTable,
  modelRevision: string,
  nearness: LibraryNearness,
): void {
  meta.set(keyOf(modelRevision), JSON.stringify(nearness));
}

/** Null where the faces of that model revision were never grouped. */
export function readNearness(meta: MetaTable, modelRevision: string): LibraryNearness | null {
  const text = meta.get(keyOf(modelRevision));
  return text === undefined ? null : nearnessSchema.parse(JSON.parse(text));
}
