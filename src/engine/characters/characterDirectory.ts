import type { CharacterRecord } from '../library/characterTable.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import { type AssignedFace, assignFaces } from './assignFaces.ts';
import type { Subject } from './characterDecisions.ts';
import { nameKey } from './characterNames.ts';
import type { CharacterFace, Clusters } from './libraryClusters.ts';

/** A character as it is listed: decided by people or only found. */
export interface Entry {
  readonly id: number;
  /** What people decided; null for a group that was only found. */
  readonly record: CharacterRecord | null;
  /** Those that people confirmed first, then the most typical. */
  readonly faces: readonly AssignedFace<CharacterFace>[];
}

export interface DirectoryOptions {
  readonly store: Pick<LibraryStore, 'characters'>;
  readonly clusters: Clusters;
  /** Which of the characters a face is most like, by the faces that people said are theirs. */
  readonly nearest: (
    face: CharacterFace,
    characters: readonly (readonly [id: number, faces: readonly CharacterFace[]])[],
  ) => number;
}

/** Who is who in the library at one moment. */
export class CharacterDirectory {
  /** Those with a name first, then by the number of faces. */
  readonly entries: readonly Entry[];
  /** Faces that are nobody's and look like no other. */
  readonly singles: readonly CharacterFace[];
  readonly #byId: ReadonlyMap<number, Entry>;
  readonly #followed: ReadonlyMap<number, number>;
  readonly #faces: ReadonlyMap<number, CharacterFace>;
  readonly #owners: ReadonlyMap<number, Entry>;

  constructor({ store, clusters, nearest }: DirectoryOptions) {
    const faces = [...clusters.clusters.flatMap((cluster) => cluster.faces), ...clusters.singles];
    const records = new Map(store.characters.list().map((record) => [record.id, record]));
    const verdicts = store.characters
      .verdicts()
      .filter(({ characterId }) => records.has(characterId));
    const byStableId = new Map(faces.map((face) => [face.stableId, face]));
    const said = new Map<number, CharacterFace[]>();
    for (const { stableId, characterId, verdict } of verdicts) {
      const face = byStableId.get(stableId);
      if (face !== undefined && verdict !== 'rejected') {
        said.set(characterId, [...(said.get(characterId) ?? []), face]);
      }
    }
    const assignment = assignFaces({
      faces,
      groups: new Map(clusters.clusters.map((cluster) => [cluster.id, cluster.faces])),
      verdicts,
      known: new Set(records.keys()),
      nearest: (face, ids) =>
        nearest(
          face,
          ids.map((id) => [id, said.get(id) ?? []] as const),
        ),
    });
    const decided = [...records.values()].map((record) =>
      toEntry(record.id, record, assignment.characters.get(record.id) ?? []),
    );
    const found = [...assignment.groups].map(([id, group]) =>
      toEntry(
        id,
        null,
        group.map((face) => ({ face, verdict: null })),
      ),
    );
    // One without a name and without faces in the library is nothing to look at.
    this.entries = [...decided, ...found]
      .filter((entry) => nameOf(entry) !== null || entry.faces.length > 0)
      .sort(byName);
    this.singles = assignment.singles.toSorted((a, b) =>
      a.relativePath < b.relativePath ? -1 : 1,
    );
    this.#byId = new Map(this.entries.map((entry) => [entry.id, entry]));
    this.#followed = assignment.followed;
    this.#faces = new Map(faces.map((face) => [face.faceId, face]));
    this.#owners = new Map(
      this.entries.flatMap((entry) =>
        entry.faces.map(({ face }): [number, Entry] => [face.stableId, entry]),
      ),
    );
  }

  /** The character of that id, or the one that its group became. */
  find(id: number): Entry | undefined {
    return this.#byId.get(id) ?? this.#byId.get(this.#followed.get(id) ?? Number.NaN);
  }

  /** A face of the answering revision. */
  face(faceId: number): CharacterFace | undefined {
    return this.#faces.get(faceId);
  }

  /** Who a face is, by its stable id. */
  ownerOf(stableId: number): Entry | undefined {
    return this.#owners.get(stableId);
  }

  /** Those of whom a name, an alias or the path of a face has the text in it. */
  filter(text: string, hidden: boolean): Entry[] {
    const key = nameKey(text.trim());
    return this.entries.filter((entry) => {
      const names = [nameOf(entry) ?? '', ...(entry.record?.aliases ?? [])];
      return (
        (entry.record?.hidden ?? false) === hidden &&
        (key === '' ||
          names.some((name) => nameKey(name).includes(key)) ||
          entry.faces.some(({ face }) => nameKey(face.relativePath).includes(key)))
      );
    });
  }
}

export function nameOf({ record }: Entry): string | null {
  return record?.name ?? null;
}

/** The face that stands for a character: the chosen one, or the first. */
export function coverOf({ record, faces }: Entry): AssignedFace<CharacterFace> | undefined {
  return faces.find(({ face }) => face.stableId === record?.cover) ?? faces[0];
}

/** Whom a decision about the entry is about. */
export function toSubject({ id, record, faces }: Entry): Subject {
  return {
    characterId: record === null ? null : id,
    groupId: record === null ? id : null,
    faces: faces.map(({ face }) => face.stableId),
  };
}

function toEntry(
  id: number,
  record: CharacterRecord | null,
  faces: readonly AssignedFace<CharacterFace>[],
): Entry {
  const place = ({ verdict }: AssignedFace<CharacterFace>) => (verdict === 'confirmed' ? 0 : 1);
  const sorted = faces.toSorted(
    (a, b) =>
      place(a) - place(b) || b.face.score - a.face.score || a.face.stableId - b.face.stableId,
  );
  return { id, record, faces: sorted };
}

function byName(a: Entry, b: Entry): number {
  const unnamed = (entry: Entry) => (nameOf(entry) === null ? 1 : 0);
  return unnamed(a) - unnamed(b) || b.faces.length - a.faces.length || a.id - b.id;
}
