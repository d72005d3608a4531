import type { Database } from './database.ts';

/** Pairs of faces of which a person said "not the same character", by their stable ids. */
export class RejectionTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(stableIdA: number, stableIdB: number): void {
    this.#database.run(
      'INSERT OR IGNORE INTO rejection VALUES (?, ?)',
      Math.min(stableIdA, stableIdB),
      Math.max(stableIdA, stableIdB),
    );
  }

  /** The stable ids that were said not to be the character of the given one. */
  listFor(stableId: number): Set<number> {
    const rows = this.#database.all(
      `SELECT face_b AS other FROM rejection WHERE face_a = ?1
       UNION SELECT face_a FROM rejection WHERE face_b = ?1`,
      stableId,
    );
    return new Set(rows.map((row) => Number(row['other'])));
  }
}
