import type { FaceVerdict, Verdict } from '../library/characterTable.ts';

/** A face as far as it matters to whom it belongs. */
export interface AssignableFace {
  readonly stableId: number;
  readonly imageId: number;
}

export interface AssignOptions<F extends AssignableFace> {
  readonly faces: readonly F[];
  /** Faces that were found to belong together, by the id of their group; others stand alone. */
  readonly groups: ReadonlyMap<number, readonly F[]>;
  readonly verdicts: readonly FaceVerdict[];
  /** Ids of the characters that people decided something of. */
  readonly known: ReadonlySet<number>;
  /**
   * Which of the characters a face is most like. It is asked only where several of them have faces
   * in one group.
   */
  readonly nearest: (face: F, characterIds: readonly number[]) => number;
}

export interface AssignedFace<F> {
  readonly face: F;
  /** What a person said of it; null where it belongs by its looks alone. */
  readonly verdict: Exclude<Verdict, 'rejected'> | null;
}

export interface Assignment<F> {
  /** Faces of each character that people decided something of. */
  readonly characters: ReadonlyMap<number, readonly AssignedFace<F>[]>;
  /** Groups that nobody decided anything of, without the faces that belong to characters. */
  readonly groups: ReadonlyMap<number, readonly F[]>;
  /** The character that most of a group's decided faces belong to, for the other groups. */
  readonly followed: ReadonlyMap<number, number>;
  readonly singles: readonly F[];
}

/**
 * Brings together what people said and what was found. What people said of a face holds always.
 * The other faces of a group follow the character that has faces in it, but for those that were
 * rejected and those of a picture in which the character is already: one picture shows somebody
 * twice only where a person says so.
 */
export function assignFaces<F extends AssignableFace>(options: AssignOptions<F>): Assignment<F> {
  const { owners, rejected } = readVerdicts(options.verdicts);
  const characters = new Map<number, AssignedFace<F>[]>();
  const images = new Map<number, Set<number>>();
  const add = (characterId: number, face: F, verdict: AssignedFace<F>['verdict']) => {
    append(characters, characterId, { face, verdict });
    (images.get(characterId) ?? setDefault(images, characterId)).add(face.imageId);
  };
  const open = new Set<F>();
  for (const face of options.faces) {
    const owner = owners.get(face.stableId);
    if (owner === undefined) {
      open.add(face);
    } else {
      add(owner.characterId, face, owner.verdict as 'confirmed' | 'assigned');
    }
  }
  /** The characters that have faces in a group, the one with most of them first. */
  const claimsOn = (groupId: number, members: readonly F[]): number[] => {
    const counts = new Map<number, number>();
    for (const { stableId } of members) {
      const id = owners.get(stableId)?.characterId;
      if (id !== undefined) {
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
    const claims = [...counts].sort(([a, m], [b, n]) => n - m || a - b).map(([id]) => id);
    // A character begins with the id of its group: what goes on under that id is still its own.
    return claims.length === 0 && options.known.has(groupId) ? [groupId] : claims;
  };
  const groups = new Map<number, readonly F[]>();
  const followed = new Map<number, number>();
  for (const [groupId, members] of options.groups) {
    const claims = claimsOn(groupId, members);
    const [first] = claims;
    const left = members.filter((face) => open.has(face));
    if (first === undefined) {
      if (left.length > 1) {
        groups.set(groupId, left);
        for (const face of left) {
          open.delete(face);
        }
      }
      continue;
    }
    followed.set(groupId, first);
    for (const face of left) {
      const possible = claims.filter(
        (id) => !rejected.get(face.stableId)?.has(id) && !images.get(id)?.has(face.imageId),
      );
      const [only] = possible;
      if (only !== undefined) {
        add(possible.length === 1 ? only : options.nearest(face, possible), face, null);
        open.delete(face);
      }
    }
  }
  return { characters, groups, followed, singles: [...open] };
}

function readVerdicts(verdicts: readonly FaceVerdict[]) {
  const owners = new Map<number, FaceVerdict>();
  const rejected = new Map<number, Set<number>>();
  for (const verdict of verdicts) {
    if (verdict.verdict === 'rejected') {
      (rejected.get(verdict.stableId) ?? setDefault(rejected, verdict.stableId)).add(
        verdict.characterId,
      );
    } else {
      owners.set(verdict.stableId, verdict);
    }
  }
  return { owners, rejected };
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known === undefined) {
    map.set(key, [value]);
  } else {
    known.push(value);
  }
}

function setDefault<K, V>(map: Map<K, Set<V>>, key: K): Set<V> {
  const created = new Set<V>();
  map.set(key, created);
  return created;
}
