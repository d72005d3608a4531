import { randomUUID } from 'node:crypto';
import type { Database, Row } from './database.ts';

/**
 * What a person can decide about faces. A new kind is a new word here and, where it changes what is
 * stored, an effect in `Decisions`.
 *
 * - `draw-face`: a face that the detector missed (one face)
 * - `remove-face`: what the detector took for a face (one face)
 * - `not-same`: a face of a query and one of a result show different characters (two faces)
 */
export const decisionKinds = ['draw-face', 'remove-face', 'not-same'] as const;
export type DecisionKind = (typeof decisionKinds)[number];

export interface NewDecision {
  readonly kind: DecisionKind;
  /** Stable ids of the faces it is about, in the order of its kind. */
  readonly faces: readonly number[];
  /** What was decided, for kinds that need a text. */
  readonly value?: string | null;
}

export interface Decision extends Required<NewDecision> {
  /** The same in every library that it is carried to: 32 hexadecimal digits. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly madeMs: number;
  /** Whether it was taken back: it has no effect, and can be made to hold again. */
  readonly isUndone: boolean;
}

const columns = `decision.*, (SELECT json_group_array(stable_id ORDER BY position)
  FROM decision_face WHERE decision_id = decision.id) AS faces`;

/** SQL for whether a decision of this kind about the face `stableId` holds. */
export function isDecided(kind: DecisionKind, stableId: string): string {
  return `EXISTS (SELECT 1 FROM decision_face JOIN decision ON decision.id = decision_face.decision_id
    WHERE decision_face.stable_id = ${stableId} AND decision.kind = '${kind}'
    AND decision.undone_ms IS NULL)`;
}

/**
 * The journal of what people decided. It names faces by their stable ids; `DecidedFaceTable` says
 * where each of them is. Nothing that indexing does changes it.
 */
export class DecisionTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Notes a decision. One that holds already is not made twice. */
  add(decision: NewDecision): Decision {
    return this.#database.transaction(() => {
      const known = this.findHolding(decision);
      if (known !== undefined) {
        return known;
      }
      const made = { id: randomUUID().replaceAll('-', ''), madeMs: Date.now() };
      return this.insert({ value: null, ...decision, ...made });
    });
  }

  /** Notes a decision that was made elsewhere, under its own id. */
  insert(decision: Omit<Decision, 'isUndone'>): Decision {
    this.#database.run(
      'INSERT INTO decision (id, kind, made_ms, value) VALUES (?, ?, ?, ?)',
      decision.id,
      decision.kind,
      decision.madeMs,
      decision.value,
    );
    for (const [position, stableId] of decision.faces.entries()) {
      this.#database.run(
        'INSERT INTO decision_face VALUES (?, ?, ?)',
        decision.id,
        position,
        stableId,
      );
    }
    return { ...decision, isUndone: false };
  }

  find(id: string): Decision | undefined {
    const row = this.#database.get(`SELECT ${columns} FROM decision WHERE id = ?`, id);
    return row && toDecision(row);
  }

  /** Those that hold, the newest first. */
  list(): Decision[] {
    return this.#database
      .all(`SELECT ${columns} FROM decision WHERE undone_ms IS NULL ORDER BY made_ms DESC, id`)
      .map(toDecision);
  }

  /** Those of a kind that hold. */
  listKind(kind: DecisionKind): Decision[] {
    return this.#database
      .all(`SELECT ${columns} FROM decision WHERE kind = ? AND undone_ms IS NULL ORDER BY id`, kind)
      .map(toDecision);
  }

  /** Those of a kind about a face that hold. */
  listFor(kind: DecisionKind, stableId: number): Decision[] {
    return this.#database
      .all(
        `SELECT ${columns} FROM decision WHERE kind = ? AND undone_ms IS NULL
         AND id IN (SELECT decision_id FROM decision_face WHERE stable_id = ?) ORDER BY id`,
        kind,
        stableId,
      )
      .map(toDecision);
  }

  /** Takes a decision back, or makes it hold again. */
  setUndone(id: string, isUndone: boolean): void {
    this.#database.run(
      'UPDATE decision SET undone_ms = ? WHERE id = ?',
      isUndone ? Date.now() : null,
      id,
    );
  }

  /** The decision of that kind about these faces, in whatever order, where it holds. */
  findHolding({ kind, faces, value = null }: NewDecision): Decision | undefined {
    const [first] = faces;
    const sameFaces = JSON.stringify([...faces].sort((a, b) => a - b));
    return first === undefined
      ? undefined
      : this.listFor(kind, first).find(
          (known) =>
            known.value === value &&
            JSON.stringify([...known.faces].sort((a, b) => a - b)) === sameFaces,
        );
  }
}

function toDecision(row: Row): Decision {
  return {
    id: String(row['id']),
    kind: row['kind'] as DecisionKind,
    faces: JSON.parse(String(row['faces'])),
    value: row['value'] === null ? null : String(row['value']),
    madeMs: Number(row['made_ms']),
    isUndone: row['undone_ms'] !== null,
  };
}
