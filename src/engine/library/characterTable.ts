import { z } from 'zod';
import type { Database, Row } from './database.ts';

export type DecisionKind =
  | 'name'
  | 'alias'
  | 'merge'
  | 'split'
  | 'confirm'
  | 'reject'
  | 'hide'
  | 'show'
  | 'cover'
  | 'import';

/** Somebody in the library of whom a person decided something. */
export interface CharacterRecord {
  readonly id: number;
  /** Null where faces were put together but not named yet. */
  readonly name: string | null;
  /** Other names, such as those of characters that were merged into this one. */
  readonly aliases: readonly string[];
  /** Left out of lists until asked for. */
  readonly hidden: boolean;
  /** Stable id of the face that stands for the character; null for the best one. */
  readonly cover: number | null;
}

/**
 * What a person said of a face and a character: `confirmed` of this very face, `assigned` of a
 * whole group that it was part of, `rejected` that it is somebody else.
 */
export type Verdict = 'confirmed' | 'assigned' | 'rejected';

export interface FaceVerdict {
  readonly stableId: number;
  readonly characterId: number;
  readonly verdict: Verdict;
}

export interface CharacterDecision {
  readonly id: number;
  readonly madeMs: number;
  readonly kind: DecisionKind;
  /** Whom it was about, to show: a name, or nothing. */
  readonly subject: string;
}

const recordSchema = z.strictObject({
  id: z.number().int(),
  name: z.string().nullable(),
  aliases: z.array(z.string()),
  hidden: z.boolean(),
  cover: z.number().int().nullable(),
});
const verdictSchema = z.enum(['confirmed', 'assigned', 'rejected']).nullable();

/** One row before and after a decision; null where there was or is none. */
const changeSchema = z.discriminatedUnion('table', [
  z.strictObject({
    table: z.literal('character'),
    id: z.number().int(),
    before: recordSchema.nullable(),
    after: recordSchema.nullable(),
  }),
  z.strictObject({
    table: z.literal('face'),
    stableId: z.number().int(),
    characterId: z.number().int(),
    before: verdictSchema,
    after: verdictSchema,
  }),
]);
type Change = z.infer<typeof changeSchema>;

/**
 * The characters that people named, merged, hid or split, and which faces they said are theirs.
 * All writing goes through `decide`, which makes it one step that can be undone.
 */
export class CharacterTable {
  readonly #database: Database;
  #changes: Change[] | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): CharacterRecord[] {
    return this.#database.all('SELECT * FROM character ORDER BY id').map(toRecord);
  }

  find(id: number): CharacterRecord | undefined {
    const row = this.#database.get('SELECT * FROM character WHERE id = ?', id);
    return row && toRecord(row);
  }

  /** Everything that was said of faces. */
  verdicts(): FaceVerdict[] {
    return this.#database
      .tuples('SELECT stable_id, character_id, verdict FROM character_face')
      .map(([stableId, characterId, verdict]) => ({
        stableId: Number(stableId),
        characterId: Number(characterId),
        verdict: verdict as Verdict,
      }));
  }

  verdictsOn(characterId: number): FaceVerdict[] {
    return this.#database
      .all('SELECT * FROM character_face WHERE character_id = ? ORDER BY stable_id', characterId)
      .map(toVerdict);
  }

  /** The character that the face was said to be. */
  ownerOf(stableId: number): FaceVerdict | undefined {
    const row = this.#database.get(
      "SELECT * FROM character_face WHERE stable_id = ? AND verdict <> 'rejected'",
      stableId,
    );
    return row && toVerdict(row);
  }

  /**
   * Makes one decision: whatever `work` writes is written whole or not at all, and can be undone.
   * A decision that changes nothing leaves no trace.
   */
  decide<T>(kind: DecisionKind, subject: string, work: () => T): T {
    if (this.#changes !== undefined) {
      return work();
    }
    try {
      return this.#database.transaction(() => {
        const changes: Change[] = [];
        this.#changes = changes;
        const result = work();
        if (changes.length > 0) {
          this.#database.run(
            'INSERT INTO character_decision (made_ms, kind, subject, changes) VALUES (?, ?, ?, ?)',
            Date.now(),
            kind,
            subject,
            JSON.stringify(changes),
          );
        }
        return result;
      });
    } finally {
      this.#changes = undefined;
    }
  }

  /** To be called inside of `decide`, like all that writes. */
  create(record: CharacterRecord): CharacterRecord {
    const created = ordered(record);
    this.#write(created.id, null, created);
    return created;
  }

  update(record: CharacterRecord): void {
    this.#write(record.id, this.find(record.id) ?? null, ordered(record));
  }

  /** Removes a character; what was said of its faces is to be removed or moved before. */
  delete(id: number): void {
    this.#write(id, this.find(id) ?? null, null);
  }

  /** Says something of a face, or takes back what was said (null). */
  setVerdict(stableId: number, characterId: number, verdict: Verdict | null): void {
    const before = this.#verdict(stableId, characterId);
    if (before !== verdict) {
      this.#record({ table: 'face', stableId, characterId, before, after: verdict });
      this.#putVerdict(stableId, characterId, verdict);
    }
  }

  /** Differs whenever the decisions that hold do. */
  get state(): string {
    const row = this.#database.get(
      'SELECT max(id) AS newest, total(undone) AS undone FROM character_decision',
    );
    return `${row?.['newest'] ?? 0} ${row?.['undone']}`;
  }

  /** Decisions that can be undone, newest first. */
  decisions(limit: number): CharacterDecision[] {
    return this.#database
      .all(
        `SELECT id, made_ms, kind, subject FROM character_decision
         WHERE undone = 0 ORDER BY id DESC LIMIT ?`,
        limit,
      )
      .map(toDecision);
  }

  /**
   * Undoes a decision, by default the newest: rows become what they were before it, but for
   * those that a later decision changed again, which stay.
   *
   * @returns the decision, or undefined where there is none to undo
   */
  undo(decisionId?: number): CharacterDecision | undefined {
    return this.#database.transaction(() => {
      const row = this.#database.get(
        `SELECT * FROM character_decision WHERE undone = 0 AND (? IS NULL OR id = ?)
         ORDER BY id DESC LIMIT 1`,
        decisionId ?? null,
        decisionId ?? null,
      );
      if (row === undefined) {
        return undefined;
      }
      const changes = z.array(changeSchema).parse(JSON.parse(String(row['changes'])));
      for (const change of changes.toReversed()) {
        this.#revert(change);
      }
      this.#database.run(
        'UPDATE character_decision SET undone = 1 WHERE id = ?',
        Number(row['id']),
      );
      return toDecision(row);
    });
  }

  #revert(change: Change): void {
    if (change.table === 'character') {
      const now = this.find(change.id) ?? null;
      if (JSON.stringify(now) === JSON.stringify(change.after)) {
        this.#put(change.id, change.before);
      }
      return;
    }
    const { stableId, characterId, before, after } = change;
    const isTaken =
      before !== null && before !== 'rejected' && this.#isElsewhere(stableId, characterId);
    if (this.#verdict(stableId, characterId) === after && !isTaken) {
      this.#putVerdict(stableId, characterId, before);
    }
  }

  /** Whether a later decision gave the face to another character. */
  #isElsewhere(stableId: number, characterId: number): boolean {
    const owner = this.ownerOf(stableId);
    return owner !== undefined && owner.characterId !== characterId;
  }

  #verdict(stableId: number, characterId: number): Verdict | null {
    const row = this.#database.get(
      'SELECT verdict FROM character_face WHERE stable_id = ? AND character_id = ?',
      stableId,
      characterId,
    );
    return row === undefined ? null : (row['verdict'] as Verdict);
  }

  #write(id: number, before: CharacterRecord | null, after: CharacterRecord | null): void {
    if (JSON.stringify(before) !== JSON.stringify(after)) {
      this.#record({
        table: 'character',
        id,
        before: before && { ...before, aliases: [...before.aliases] },
        after: after && { ...after, aliases: [...after.aliases] },
      });
      this.#put(id, after);
    }
  }

  #record(change: Change): void {
    if (this.#changes === undefined) {
      throw new TypeError('Expected characters to be changed by a decision.');
    }
    this.#changes.push(change);
  }

  #put(id: number, record: CharacterRecord | null): void {
    if (record === null) {
      this.#database.run('DELETE FROM character WHERE id = ?', id);
      return;
    }
    this.#database.run(
      'INSERT OR REPLACE INTO character (id, name, aliases, hidden, cover) VALUES (?, ?, ?, ?, ?)',
      id,
      record.name,
      JSON.stringify(record.aliases),
      record.hidden ? 1 : 0,
      record.cover,
    );
  }

  #putVerdict(stableId: number, characterId: number, verdict: Verdict | null): void {
    if (verdict === null) {
      this.#database.run(
        'DELETE FROM character_face WHERE stable_id = ? AND character_id = ?',
        stableId,
        characterId,
      );
    } else {
      this.#database.run(
        `INSERT INTO character_face VALUES (?, ?, ?)
         ON CONFLICT (stable_id, character_id) DO UPDATE SET verdict = excluded.verdict`,
        stableId,
        characterId,
        verdict,
      );
    }
  }
}

/** The fields in a fixed order: records are compared as JSON. */
function ordered({ id, name, aliases, hidden, cover }: CharacterRecord): CharacterRecord {
  return { id, name, aliases, hidden, cover };
}

function toRecord(row: Row): CharacterRecord {
  return ordered({
    id: Number(row['id']),
    name: row['name'] === null ? null : String(row['name']),
    aliases: z.array(z.string()).parse(JSON.parse(String(row['aliases']))),
    hidden: row['hidden'] === 1,
    cover: row['cover'] === null ? null : Number(row['cover']),
  });
}

function toVerdict(row: Row): FaceVerdict {
  return {
    stableId: Number(row['stable_id']),
    characterId: Number(row['character_id']),
    verdict: row['verdict'] as Verdict,
  };
}

function toDecision(row: Row): CharacterDecision {
  return {
    id: Number(row['id']),
    madeMs: Number(row['made_ms']),
    kind: row['kind'] as DecisionKind,
    subject: String(row['subject']),
  };
}
