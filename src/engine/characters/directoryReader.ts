import { dot } from '../../common/vector.ts';
import type { LibraryEpoch } from '../library/libraryEpoch.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { RevisionIndex } from '../search/revisionIndex.ts';
import { CharacterDirectory } from './characterDirectory.ts';
import { type CharacterFace, type Clusters, LibraryClusters } from './libraryClusters.ts';

export interface DirectoryReaderOptions {
  readonly store: LibraryStore;
  readonly revision: () => RevisionIndex;
  readonly epoch: Pick<LibraryEpoch, 'value'>;
}

/** Faces of a character that an undecided face is compared with. */
const mostCompared = 50;

/** Reads who is who, and remembers it until the library or what people decided changes. */
export class DirectoryReader {
  readonly #options: DirectoryReaderOptions;
  /** Groups and directory as they were read, with what they depend on. */
  #clusters: { readonly key: string; readonly clusters: Clusters } | undefined;
  #directory: { readonly key: string; readonly directory: CharacterDirectory } | undefined;
  /** Changes of the library that were decisions: they change no face. */
  #ownChanges = 0;

  constructor(options: DirectoryReaderOptions) {
    this.#options = options;
  }

  /** Something was decided; the epoch is advanced for it. */
  decided(): void {
    this.#ownChanges++;
    this.#directory = undefined;
  }

  /** Faces were grouped anew. */
  forget(): void {
    this.#clusters = undefined;
    this.#directory = undefined;
  }

  /** Who is who at this moment. */
  read(): CharacterDirectory {
    const { store, revision, epoch } = this.#options;
    const version = store.database.dataVersion();
    const faces = `${epoch.value - this.#ownChanges} ${version} ${revision().modelRevision}`;
    if (this.#clusters?.key !== faces) {
      this.#clusters = { key: faces, clusters: this.clusters().list() };
      this.#directory = undefined;
    }
    if (this.#directory?.key !== faces) {
      const { clusters } = this.#clusters;
      const directory = new CharacterDirectory({
        store,
        clusters,
        nearest: (face, characters) => this.#nearest(face, characters),
      });
      this.#directory = { key: faces, directory };
    }
    return this.#directory.directory;
  }

  /** The groups of the revision that answers. */
  clusters(): LibraryClusters {
    const { store, revision } = this.#options;
    const { modelRevision, dimensions } = revision();
    return new LibraryClusters({ store, modelRevision, dimension: dimensions.identity });
  }

  /** The character that has the face most like this one. */
  #nearest(
    face: CharacterFace,
    characters: readonly (readonly [id: number, faces: readonly CharacterFace[]])[],
  ): number {
    const { store, revision } = this.#options;
    const { identity } = revision().dimensions;
    const own = store.matches.identities([face.faceId], identity).get(face.faceId);
    const scores = characters.map(([id, faces]) => {
      const ids = faces.slice(0, mostCompared).map(({ faceId }) => faceId);
      const others = [...store.matches.identities(ids, identity).values()];
      return {
        id,
        score: own === undefined ? 0 : Math.max(-1, ...others.map((one) => dot(own, one))),
      };
    });
    scores.sort((a, b) => b.score - a.score || a.id - b.id);
    return (scores[0] as (typeof scores)[number]).id;
  }
}
