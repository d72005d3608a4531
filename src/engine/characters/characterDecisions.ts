import { FamiliarError } from '../../common/failure.ts';
import type { CharacterRecord, CharacterTable } from '../library/characterTable.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import { cleanName, nameKey } from './characterNames.ts';

/**
 * Whom a decision is about: a character that people decided something of before, or faces that
 * were found to belong together, which become one by the decision.
 */
export interface Subject {
  readonly characterId: number | null;
  /** Id of the group that was found; a character that comes of it keeps it. */
  readonly groupId: number | null;
  /** Stable ids of its faces. */
  readonly faces: readonly number[];
}

/** The character that has the name now, or another one that had it before: nothing was changed. */
export type Named = { readonly characterId: number } | { readonly existing: CharacterRecord };

type Writing = Pick<LibraryStore, 'characters' | 'clusters' | 'decidedFaces' | 'database'>;

/** What people decide about characters. Each method is one decision, which can be undone. */
export class CharacterDecisions {
  readonly #store: Writing;

  constructor(store: Writing) {
    this.#store = store;
  }

  get #table(): CharacterTable {
    return this.#store.characters;
  }

  /**
   * Gives a name, or takes it away (an empty one).
   *
   * @returns the character of that name as `existing`, where there is one already: nothing is
   *   changed then, and the person may want to merge the two
   * @throws FamiliarError `argument` for a name that is too long
   */
  name(subject: Subject, name: string): Named {
    const clean = cleanName(name);
    const existing = clean === null ? undefined : this.withName(clean);
    if (existing !== undefined && existing.id !== subject.characterId) {
      return { existing };
    }
    return this.#decide('name', clean ?? '', () => {
      const record = this.#materialise(subject);
      const aliases = record.aliases.filter(
        (alias) => clean === null || nameKey(alias) !== nameKey(clean),
      );
      this.#table.update({ ...record, name: clean, aliases });
      return { characterId: record.id };
    });
  }

  /**
   * Says of faces, of whomever, that they are the character of that name, which may be new.
   *
   * @throws FamiliarError `argument` for an empty name, or one that is too long
   */
  nameFaces(stableIds: readonly number[], name: string): number {
    requireFaces(stableIds);
    const clean = cleanName(name);
    if (clean === null) {
      throw new FamiliarError('argument', 'Expected a name but received none.', {
        remedy: 'Type a name.',
      });
    }
    return this.#decide('name', clean, () => {
      const record = this.withName(clean) ?? { ...this.#create(null), name: clean };
      this.#table.update(record);
      for (const stableId of stableIds) {
        this.#own(stableId, record.id, 'confirmed');
      }
      this.#store.decidedFaces.addStored(stableIds);
      return record.id;
    });
  }

  /** Makes one character of several: the first one with a name gives it, others become aliases. */
  merge(subjects: readonly Subject[]): number {
    const records = subjects.map(({ characterId }) =>
      characterId === null ? undefined : this.#expect(characterId),
    );
    const main = Math.max(
      0,
      records.findIndex((record) => record !== undefined && record.name !== null),
    );
    const into = subjects[main];
    if (into === undefined || subjects.length < 2) {
      throw new FamiliarError('argument', 'Expected two or more characters to merge.', {
        remedy: 'Select several characters.',
      });
    }
    return this.#decide('merge', records[main]?.name ?? '', () => {
      const target = this.#materialise(into);
      const names = [...target.aliases];
      for (const [index, subject] of subjects.entries()) {
        if (index !== main && subject.characterId !== target.id) {
          const record = records[index];
          names.push(...(record?.aliases ?? []), ...(record?.name == null ? [] : [record.name]));
          this.#moveInto(target.id, subject);
        }
      }
      this.#table.update({ ...target, aliases: distinctNames(names, target.name) });
      return target.id;
    });
  }

  /**
   * Takes faces out of a character: they become one of their own.
   *
   * @returns the id of the new character
   */
  split(subject: Subject, stableIds: readonly number[]): number {
    requireFaces(stableIds);
    return this.#decide('split', this.#nameOf(subject), () => {
      const from = this.#materialise(subject);
      const created = this.#create(null);
      for (const stableId of stableIds) {
        this.#table.setVerdict(stableId, from.id, 'rejected');
        this.#own(stableId, created.id, 'confirmed');
      }
      this.#store.decidedFaces.addStored(stableIds);
      if (from.cover !== null && stableIds.includes(from.cover)) {
        this.#table.update({ ...from, cover: null });
      }
      return created.id;
    });
  }

  /** Says of faces that they are this character. */
  confirm(subject: Subject, stableIds: readonly number[]): number {
    requireFaces(stableIds);
    return this.#decide('confirm', this.#nameOf(subject), () => {
      const { id } = this.#materialise(subject);
      for (const stableId of stableIds) {
        this.#own(stableId, id, 'confirmed');
      }
      this.#store.decidedFaces.addStored(stableIds);
      return id;
    });
  }

  /** Says of faces that they are somebody else. */
  reject(subject: Subject, stableIds: readonly number[]): number {
    requireFaces(stableIds);
    return this.#decide('reject', this.#nameOf(subject), () => {
      const record = this.#materialise(subject);
      for (const stableId of stableIds) {
        this.#table.setVerdict(stableId, record.id, 'rejected');
      }
      this.#store.decidedFaces.addStored(stableIds);
      if (record.cover !== null && stableIds.includes(record.cover)) {
        this.#table.update({ ...record, cover: null });
      }
      return record.id;
    });
  }

  setHidden(subjects: readonly Subject[], hidden: boolean): number[] {
    const [only] = subjects;
    const subject = only !== undefined && subjects.length === 1 ? this.#nameOf(only) : '';
    return this.#decide(hidden ? 'hide' : 'show', subject, () =>
      subjects.map((one) => {
        const record = this.#materialise(one);
        this.#table.update({ ...record, hidden });
        return record.id;
      }),
    );
  }

  /** Chooses the face that stands for the character; null leaves the choice to the library. */
  setCover(subject: Subject, stableId: number | null): number {
    return this.#decide('cover', this.#nameOf(subject), () => {
      const record = this.#materialise(subject);
      this.#table.update({ ...record, cover: stableId });
      return record.id;
    });
  }

  /** The character of that name or alias, however it is spelt. */
  withName(name: string): CharacterRecord | undefined {
    const key = nameKey(name);
    const all = this.#table.list();
    return (
      all.find((record) => record.name !== null && nameKey(record.name) === key) ??
      all.find((record) => record.aliases.some((alias) => nameKey(alias) === key))
    );
  }

  #decide<T>(kind: Parameters<CharacterTable['decide']>[0], subject: string, work: () => T): T {
    return this.#table.decide(kind, subject, work);
  }

  #nameOf({ characterId }: Subject): string {
    return characterId === null ? '' : (this.#expect(characterId).name ?? '');
  }

  #expect(characterId: number): CharacterRecord {
    const record = this.#table.find(characterId);
    if (record === undefined) {
      throw new FamiliarError('query-unknown', 'Expected a character that is still there.', {
        remedy: 'Look at the characters again: they have changed.',
      });
    }
    return record;
  }

  /** A group that was only found becomes a character with the faces that it had. */
  #materialise({ characterId, groupId, faces }: Subject): CharacterRecord {
    if (characterId !== null) {
      return this.#expect(characterId);
    }
    const record = this.#create(groupId);
    for (const stableId of faces) {
      if (this.#table.ownerOf(stableId) === undefined) {
        this.#table.setVerdict(stableId, record.id, 'assigned');
      }
    }
    this.#store.decidedFaces.addStored(faces);
    return record;
  }

  /** Characters and groups have their ids from one sequence, so that no two are the same. */
  #create(groupId: number | null): CharacterRecord {
    const isFree = groupId !== null && this.#table.find(groupId) === undefined;
    const id = isFree ? groupId : this.#store.clusters.createId();
    return this.#table.create({ id, name: null, aliases: [], hidden: false, cover: null });
  }

  #moveInto(targetId: number, subject: Subject): void {
    if (subject.characterId === null) {
      for (const stableId of subject.faces) {
        this.#own(stableId, targetId, 'assigned');
      }
      this.#store.decidedFaces.addStored(subject.faces);
      return;
    }
    for (const { stableId, characterId, verdict } of this.#table.verdictsOn(subject.characterId)) {
      this.#table.setVerdict(stableId, characterId, null);
      if (verdict !== 'rejected') {
        this.#own(stableId, targetId, verdict);
      } else if (this.#table.ownerOf(stableId)?.characterId !== targetId) {
        this.#table.setVerdict(stableId, targetId, 'rejected');
      }
    }
    this.#table.delete(subject.characterId);
  }

  #own(stableId: number, characterId: number, verdict: 'confirmed' | 'assigned'): void {
    const owner = this.#table.ownerOf(stableId);
    if (owner !== undefined && owner.characterId !== characterId) {
      this.#table.setVerdict(stableId, owner.characterId, null);
    }
    // What was confirmed is not made less certain.
    if (owner?.characterId !== characterId || verdict === 'confirmed') {
      this.#table.setVerdict(stableId, characterId, verdict);
    }
  }
}

function requireFaces(stableIds: readonly number[]): void {
  if (stableIds.length === 0) {
    throw new FamiliarError('argument', 'Expected faces but received none.', {
      remedy: 'Select one or more faces.',
    });
  }
}

/** Each name once, and not the main one. */
function distinctNames(names: readonly string[], main: string | null): string[] {
  const known = new Set(main === null ? [] : [nameKey(main)]);
  return names.filter((name) => {
    const key = nameKey(name);
    const isNew = !known.has(key);
    known.add(key);
    return isNew;
  });
}
