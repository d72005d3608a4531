import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { databaseName } from '../../../src/common/libraryFiles.ts';

/** What the models said of a library: boxes and vectors by the place of the file, in their order. */
export type LibraryVectors = ReadonlyMap<string, readonly number[]>;

const query = `
  SELECT file.relative_path AS path, image.look AS look,
    face.x, face.y, face.width, face.height, face.identity AS identity
  FROM file
  JOIN image ON image.content_hash = file.content_hash
  LEFT JOIN face ON face.image_id = image.id
  ORDER BY path, face.x, face.y`;

/** Reads a library that nobody writes to. */
export function readVectors(storage: string): LibraryVectors {
  const database = new DatabaseSync(join(storage, databaseName), { readOnly: true });
  const found = new Map<string, number[]>();
  for (const row of database.prepare(query).all()) {
    const { path, look, identity, ...box } = row;
    const numbers = found.get(String(path)) ?? [...floats(look)];
    found.set(String(path), numbers);
    if (identity !== null) {
      numbers.push(...Object.values(box).map(Number), ...floats(identity));
    }
  }
  database.close();
  return found;
}

function floats(blob: unknown): Float32Array {
  return new Float32Array(Uint8Array.from(blob as Uint8Array).buffer);
}

/**
 * The largest difference of two numbers of the same picture. Pictures that are run through a model
 * together differ in their last bits from those that are run alone.
 * @returns infinity where one library has other pictures or faces than the other
 */
export function largestDifference(a: LibraryVectors, b: LibraryVectors): number {
  let largest = a.size === b.size ? 0 : Number.POSITIVE_INFINITY;
  for (const [path, numbers] of a) {
    const others = b.get(path) ?? [];
    const differences = numbers.map((value, n) => Math.abs(value - (others[n] ?? Number.NaN)));
    const most = Math.max(...differences);
    largest = Math.max(largest, numbers.length === others.length ? most : Number.POSITIVE_INFINITY);
  }
  return largest;
}
