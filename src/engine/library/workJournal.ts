import type { Database } from './database.ts';

export interface Suspect {
  readonly path: string;
  /** In how many processes that died the file was in work. */
  readonly deaths: number;
}

/**
 * Which files are in work. What is found here at the start was in work when a process died:
 * killed by a person, or brought down by that very file. A suspect is then processed alone,
 * so that a second death names the culprit.
 */
export class WorkJournal {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Counts a death for every file left in work, not for suspects that wait for their turn. To be
   * called once, before any `begin`.
   */
  takeSuspects(): Suspect[] {
    return this.#database.transaction(() => {
      this.#database.run('UPDATE in_work SET deaths = deaths + active, active = 0');
      return this.#database
        .all('SELECT path, deaths FROM in_work ORDER BY deaths DESC, path')
        .map((row) => ({ path: String(row['path']), deaths: Number(row['deaths']) }));
    });
  }

  begin(path: string): void {
    this.#database.run(
      'INSERT INTO in_work VALUES (?, 0, 1) ON CONFLICT DO UPDATE SET active = 1',
      path,
    );
  }

  end(path: string): void {
    this.#database.run('DELETE FROM in_work WHERE path = ?', path);
  }
}
