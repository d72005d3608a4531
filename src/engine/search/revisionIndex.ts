import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FamiliarError } from '../../common/failure.ts';
import { concatenate, type Dimensions } from '../../common/vector.ts';
import type { LibraryChange } from '../library/libraryChange.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { MatchImage } from '../library/searchReader.ts';
import { FaceVectors, LookVectors } from '../library/vectorSources.ts';
import { VectorIndex } from './vectorIndex.ts';
import type { VectorStore } from './vectorStore.ts';

export interface RevisionIndexOptions {
  readonly store: LibraryStore;
  readonly folder: string;
  readonly modelRevision: string;
  readonly dimensions: Dimensions;
  /** Followers and read-only libraries only read what the leader writes. */
  readonly readOnly: () => boolean;
  readonly log: (message: string) => void;
}

/** The two indexes of one model revision, kept in step with the store. */
export class RevisionIndex implements VectorStore {
  readonly modelRevision: string;
  readonly dimensions: Dimensions;
  readonly faces: VectorIndex;
  readonly looks: VectorIndex;
  readonly #store: LibraryStore;
  readonly #folder: string;

  private constructor(
    options: RevisionIndexOptions,
    folder: string,
    faces: VectorIndex,
    looks: VectorIndex,
  ) {
    this.#folder = folder;
    this.modelRevision = options.modelRevision;
    this.dimensions = options.dimensions;
    this.#store = options.store;
    this.faces = faces;
    this.looks = looks;
  }

  static async open(options: RevisionIndexOptions): Promise<RevisionIndex> {
    const { store, modelRevision, dimensions, folder, readOnly, log } = options;
    const revisionFolder = join(folder, folderName(modelRevision));
    const open = (space: 'faces' | 'looks') =>
      VectorIndex.open({
        folder: revisionFolder,
        space,
        dimension: space === 'faces' ? dimensions.identity + dimensions.look : dimensions.look,
        revision: modelRevision,
        source:
          space === 'faces'
            ? new FaceVectors(store.database, modelRevision, dimensions)
            : new LookVectors(store.database, modelRevision, dimensions),
        readOnly,
        log,
      });
    // Side by side: what takes time is checking their files, which is not done on this thread.
    const [faces, looks] = await Promise.allSettled([open('faces'), open('looks')]);
    if (faces.status === 'rejected' || looks.status === 'rejected') {
      await Promise.all([faces, looks].map((one) => 'value' in one && one.value.close()));
      throw [faces, looks].find((one) => 'reason' in one)?.reason;
    }
    return new RevisionIndex(options, revisionFolder, faces.value, looks.value);
  }

  get kind(): 'annoy' | 'exact' {
    return this.faces.stats.kind;
  }

  /** Why exact search stands in for the native index; nothing where it does not. */
  get unavailable(): FamiliarError | undefined {
    return this.faces.unavailable;
  }

  imagesOfFaces(faceIds: readonly number[]): number[] {
    return this.#store.matches.imagesOfFaces(faceIds);
  }

  withoutFaces(imageIds: readonly number[]): number[] {
    return this.#store.matches.withoutFaces(imageIds);
  }

  /** Their vectors come from the indexes; the few that are not there are read from the store. */
  images(imageIds: readonly number[]): MatchImage[] {
    const { database, matches } = this.#store;
    return database.snapshot(() => {
      const described = matches.described(imageIds);
      const looks = this.looks.vectors(described.map(({ id }) => id));
      const faces = this.faces.vectors(
        described.flatMap((image) => image.faces.map(({ id }) => id)),
      );
      const { identity: length } = this.dimensions;
      let next = 0;
      const found: MatchImage[] = [];
      const missing: number[] = [];
      for (const [n, image] of described.entries()) {
        const look = looks[n];
        const known = image.faces.flatMap((face) => {
          const identity = faces[next++]?.subarray(0, length);
          return identity === undefined ? [] : [{ ...face, identity }];
        });
        if (look === undefined || known.length < image.faces.length) {
          missing.push(image.id);
        } else {
          found.push({ ...image, look, faces: known });
        }
      }
      return missing.length === 0 ? found : [...found, ...matches.images(missing, this.dimensions)];
    });
  }

  sizeBytes(): number {
    return this.faces.stats.bytes + this.looks.stats.bytes;
  }

  /** Takes over what a write to the store changed; what is of other revisions is passed over. */
  apply({ removed, added }: LibraryChange): void {
    // First, and at once: a replaced vector that stayed would take a place among the best.
    for (const id of removed.images) {
      this.looks.remove(id);
    }
    for (const id of removed.faces) {
      this.faces.remove(id);
    }
    for (const { id: imageId, modelRevision, look, faces } of added) {
      if (modelRevision === this.modelRevision) {
        this.looks.add(imageId, look);
        for (const { id, identity } of faces) {
          this.faces.add(id, concatenate(identity, look));
        }
      }
    }
  }

  /** Builds the next generation where the unindexed part has grown too large. */
  async rebuildIfNeeded(): Promise<void> {
    await this.faces.rebuildIfNeeded();
    await this.looks.rebuildIfNeeded();
  }

  /** Takes over what another process wrote. */
  async refresh(): Promise<void> {
    await this.faces.refresh();
    await this.looks.refresh();
  }

  async close(): Promise<void> {
    await Promise.all([this.faces.close(), this.looks.close()]);
  }

  /** Closes and deletes the index files of a revision that is no longer searched. */
  async delete(): Promise<void> {
    await this.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Revisions are free text (models may be anyone's); files on disk are not. */
function folderName(modelRevision: string): string {
  return createHash('sha256').update(modelRevision).digest('hex').slice(0, 16);
}
