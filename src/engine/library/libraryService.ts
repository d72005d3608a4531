import { FamiliarError } from '../../common/failure.ts';
import type { Scope } from '../../common/scope.ts';
import type { Folder } from '../../common/settings.ts';
import type { Dimensions } from '../../common/vector.ts';
import { exportFaceMap, type FaceMapCounts, type FaceMapTarget } from './exportFaceMap.ts';
import type { StoredFailure } from './failureTable.ts';
import { type LibraryRecord, libraryRecords } from './libraryRecords.ts';
import type { LibraryStore } from './libraryStore.ts';
import type { WriterLock } from './writerLock.ts';

/** The model revision whose vectors answer for the whole library. */
export interface AnsweringRevision {
  readonly modelRevision: string;
  readonly dimensions: Dimensions;
}

export interface LibraryServiceOptions {
  readonly scope: Scope;
  readonly store: LibraryStore;
  readonly storageFolder: string;
  readonly revision: () => AnsweringRevision;
  readonly folders: () => readonly Folder[];
}

/** What the library knows, for whoever asks: failures, the face map, records to copy. */
export class LibraryService {
  readonly #options: LibraryServiceOptions;

  constructor(options: LibraryServiceOptions) {
    this.#options = options;
  }

  get storageFolder(): string {
    return this.#options.storageFolder;
  }

  /** Whether no file of the folders has been indexed. */
  get isEmpty(): boolean {
    const { store, revision } = this.#options;
    return store.files.countIndexed(revision().modelRevision) === 0;
  }

  failures(): readonly StoredFailure[] {
    return this.#options.store.failures.list();
  }

  /** All images that files show, with their faces and vectors, to copy into another store. */
  records(): AnsweringRevision & { readonly pages: Iterable<readonly LibraryRecord[]> } {
    const { modelRevision, dimensions } = this.#options.revision();
    const pages = libraryRecords(this.#options.store, modelRevision, dimensions);
    return { modelRevision, dimensions, pages };
  }

  /** Writes the face map to a file, which appears whole or not at all. */
  export(target: FaceMapTarget, signal: AbortSignal): Promise<FaceMapCounts> {
    const { scope, store, revision, folders } = this.#options;
    const { modelRevision } = revision();
    const source = { store, modelRevision, folders: folders() };
    return scope.run((either) => exportFaceMap(source, target, either), signal);
  }
}

/** @throws FamiliarError `store-readonly`, `store-locked` where this process may not write. */
export function requireWriter(store: LibraryStore, writerLock: WriterLock): void {
  if (writerLock.isHeld) {
    return;
  }
  if (writerLock.reason !== undefined) {
    throw writerLock.reason;
  }
  throw new FamiliarError(
    store.readOnly ? 'store-readonly' : 'store-locked',
    'Expected a library that this process may write.',
    {
      remedy: store.readOnly
        ? 'Make the library folder writable.'
        : 'Another window indexes this library; ask there.',
    },
  );
}
