import type { Database } from './database.ts';

export interface CrashCount {
  readonly path: string;
  /** In how many processes that ended unexpectedly the file was in work. */
  readonly crashes: number;
}

/**
 * Which files are in work. What is found here at the start was in work when a process ended
 * unexpectedly: killed by a person, or crashed by that very file. Such a file is then processed
 * alone, so that a second crash tells which one it is.
 */
export class WorkJournal {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Counts a crash for every file left in work, not for those that only wait to be tried alone. To
   * be called once, before any `begin`.
   */
  takeCrashCounts(): CrashCount[] {
    return this.#database.transaction(() => {
      this.#database.run('UPDATE in_work SET deaths = deaths + active, active = 0');
      return this.#database
        .all('SELECT path, deaths FROM in_work ORDER BY deaths DESC, path')
        .map((row) => ({ path: String(row['path']), crashes: Number(row['deaths']) }));
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
