import { createHash } from 'node:crypto';
import type { CharacterRecord, FaceVerdict } from '../library/characterTable.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import { cleanName, nameKey } from './characterNames.ts';
import type { CharactersFile, FiledCharacter, FiledFace } from './charactersFile.ts';

type Exchanging = Pick<LibraryStore, 'characters' | 'clusters' | 'anchors' | 'decidedFaces'>;

export interface ImportResult {
  readonly characters: number;
  readonly faces: number;
  /** What the file says otherwise than this library, which keeps its own word. */
  readonly conflicts: readonly FiledFace[];
}

/** Everything that people decided about characters, described so that another library understands it. */
export function exportCharacters(store: Exchanging): CharactersFile {
  const verdicts = store.characters.verdicts();
  const anchors = store.anchors.describe([...new Set(verdicts.map(({ stableId }) => stableId))]);
  const records = store.characters.list();
  const keys = new Map(
    records.map((record) => [record.id, record.name ?? keyOfUnnamed(record, verdicts, anchors)]),
  );
  return {
    characters: records.map(({ id, name, aliases, hidden }) => ({
      key: keys.get(id) as string,
      name,
      aliases,
      hidden,
    })),
    faces: verdicts.flatMap(({ stableId, characterId, verdict }) => {
      const anchor = anchors.get(stableId);
      const character = keys.get(characterId);
      return anchor === undefined || character === undefined
        ? []
        : [{ ...anchor, character, verdict }];
    }),
  };
}

/** Two libraries with the same first face of a character without a name call it the same. */
function keyOfUnnamed(
  { id }: CharacterRecord,
  verdicts: readonly FaceVerdict[],
  anchors: ReturnType<Exchanging['anchors']['describe']>,
): string {
  const faces = verdicts
    .filter(({ characterId, verdict }) => characterId === id && verdict !== 'rejected')
    .flatMap(({ stableId }) => anchors.get(stableId) ?? [])
    .map(({ relativePath, box }) => `${relativePath} ${box.x.toFixed(2)} ${box.y.toFixed(2)}`)
    .toSorted();
  return `#${createHash('sha256')
    .update(faces[0] ?? String(id))
    .digest('hex')
    .slice(0, 12)}`;
}

/**
 * Takes over what a file says, as one decision that can be undone. Nothing that was decided here
 * is lost: where the file says otherwise of a face, the face stays as it is and is told.
 *
 * @param folders ids of the workspace folders that paths of the file may be below
 */
export function importCharacters(
  store: Exchanging,
  { characters, faces }: CharactersFile,
  folders: readonly string[],
): ImportResult {
  return store.characters.decide('import', '', () => {
    const located = faces.map((face) => ({
      face,
      stableId: store.anchors.find(face) ?? store.anchors.add(face, folders),
    }));
    const ids = new Map<string, number>();
    for (const character of characters) {
      const known = located.filter(({ face }) => face.character === character.key);
      ids.set(
        character.key,
        takeCharacter(
          store,
          character,
          known.map(({ stableId }) => stableId),
        ),
      );
    }
    const conflicts: FiledFace[] = [];
    let taken = 0;
    for (const { face, stableId } of located) {
      const id = ids.get(face.character);
      const outcome = id === undefined ? 'conflict' : takeFace(store, { ...face, stableId, id });
      if (outcome === 'conflict') {
        conflicts.push(face);
      } else if (outcome === 'taken') {
        taken++;
      }
    }
    store.decidedFaces.addStored(located.map(({ stableId }) => stableId));
    return { characters: characters.length, faces: taken, conflicts };
  });
}

/** The character of that name, or that has one of the faces and no name; a new one otherwise. */
function takeCharacter(
  store: Exchanging,
  filed: FiledCharacter,
  stableIds: readonly number[],
): number {
  const name = filed.name === null ? null : cleanName(filed.name);
  const all = store.characters.list();
  const known =
    name === null
      ? all.find(({ id }) =>
          stableIds.some((face) => store.characters.ownerOf(face)?.characterId === id),
        )
      : (all.find((record) => record.name !== null && nameKey(record.name) === nameKey(name)) ??
        all.find(({ aliases }) => aliases.some((alias) => nameKey(alias) === nameKey(name))));
  const aliases = filed.aliases.flatMap((alias) => cleanName(alias) ?? []);
  if (known === undefined) {
    const id = store.clusters.createId();
    store.characters.create({ id, name, aliases, hidden: filed.hidden, cover: null });
    return id;
  }
  const missing = aliases.filter(
    (alias) =>
      nameKey(alias) !== nameKey(known.name ?? '') &&
      !known.aliases.some((own) => nameKey(own) === nameKey(alias)),
  );
  if (missing.length > 0) {
    store.characters.update({ ...known, aliases: [...known.aliases, ...missing] });
  }
  return known.id;
}

function takeFace(
  { characters }: Exchanging,
  { stableId, id, verdict }: FiledFace & { readonly stableId: number; readonly id: number },
): 'taken' | 'known' | 'conflict' {
  const owner = characters.ownerOf(stableId);
  const own = characters.verdictsOn(id).find((said) => said.stableId === stableId)?.verdict;
  if (own === verdict || (own === 'confirmed' && verdict === 'assigned')) {
    return 'known';
  }
  const contradicts =
    verdict === 'rejected' ? own !== undefined : own === 'rejected' || isElsewhere(owner, id);
  if (contradicts) {
    return 'conflict';
  }
  characters.setVerdict(stableId, id, verdict);
  return 'taken';
}

function isElsewhere(owner: FaceVerdict | undefined, id: number): boolean {
  return owner !== undefined && owner.characterId !== id;
}
