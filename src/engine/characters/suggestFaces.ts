import { dot, fuse } from '../../common/vector.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { RevisionIndex } from '../search/revisionIndex.ts';
import { type CharacterDirectory, type Entry, nameOf } from './characterDirectory.ts';
import type { CharacterFace } from './libraryClusters.ts';

export interface SuggestOptions {
  readonly store: Pick<LibraryStore, 'characters' | 'matches'>;
  readonly index: Pick<RevisionIndex, 'faces' | 'dimensions'>;
  readonly directory: CharacterDirectory;
  /** Probability that two faces of this cosine are the same character. */
  readonly probability: (cosine: number) => number;
}

/** Faces of the character that others are compared with. */
const exemplars = 12;
/** Neighbours that are looked at for each of them. */
const neighbours = 120;
/** Less likely faces are not worth a question. */
const leastProbability = 0.2;
/** A face of a group has others that it is more like: it must be rather this one than not. */
const leastProbabilityInGroup = 0.5;

/**
 * Faces that may be a character: near one of its faces, nobody's by name, not rejected, and in no
 * picture in which it is already. Of a group that was only found there is one face, since the rest
 * follows the answer; so a likely face of a large group teaches most, and comes first.
 */
export async function suggestFaces(
  entry: Entry,
  { store, index, directory, probability }: SuggestOptions,
  limit: number,
): Promise<CharacterFace[]> {
  const own = entry.faces.slice(0, exemplars).map(({ face }) => face.faceId);
  const vectors = store.matches.identities(own, index.dimensions.identity);
  const ids = await candidates([...vectors.values()], index);
  const rejected = new Set(
    store.characters
      .verdictsOn(entry.id)
      .flatMap(({ stableId, verdict }) => (verdict === 'rejected' ? [stableId] : [])),
  );
  const images = new Set(entry.faces.map(({ face }) => face.imageId));
  const identities = store.matches.identities([...ids], index.dimensions.identity);
  const best = new Map<string, { face: CharacterFace; worth: number }>();
  for (const [faceId, identity] of identities) {
    const face = directory.face(faceId);
    const owner = face && directory.ownerOf(face.stableId);
    const isOpen = owner === undefined || (nameOf(owner) === null && owner.id !== entry.id);
    if (face === undefined || !isOpen || rejected.has(face.stableId) || images.has(face.imageId)) {
      continue;
    }
    const likely = probability(Math.max(...[...vectors.values()].map((own) => dot(own, identity))));
    if (likely < (owner === undefined ? leastProbability : leastProbabilityInGroup)) {
      continue;
    }
    const worth = likely * (1 + Math.log2(owner?.faces.length ?? 1));
    const key = owner === undefined ? `face ${face.stableId}` : `group ${owner.id}`;
    if (worth > (best.get(key)?.worth ?? 0)) {
      best.set(key, { face, worth });
    }
  }
  return [...best.values()]
    .sort((a, b) => b.worth - a.worth || a.face.stableId - b.face.stableId)
    .slice(0, limit)
    .map(({ face }) => face);
}

async function candidates(
  vectors: readonly Float32Array[],
  { faces, dimensions }: SuggestOptions['index'],
): Promise<Set<number>> {
  const found = new Set<number>();
  const noLook = new Float32Array(dimensions.look);
  for (const vector of vectors) {
    const { ids } = await faces.candidates(fuse(vector, noLook, 1), neighbours);
    for (const id of ids) {
      found.add(id);
    }
  }
  return found;
}
