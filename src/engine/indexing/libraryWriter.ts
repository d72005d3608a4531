import type { FamiliarError } from '../../common/failure.ts';
import type { ImageRecord, NewImage, ReplacedIds } from '../library/imageTable.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { FailedScan, WorkItem } from './workList.ts';

/** What a write changed for whoever keeps an index of the library. */
export interface LibraryChange {
  /** Images of the current model revision that are to be found from now on. */
  readonly shown: readonly number[];
  /** Contents that no file shows any more. */
  readonly hidden: readonly string[];
  readonly replaced: ReplacedIds;
}

export const nothingReplaced: ReplacedIds = { images: [], faces: [] };

/** A finished image, with every file on which its content was met during this run. */
export interface FinishedImage {
  readonly image: NewImage;
  readonly items: readonly WorkItem[];
}

/**
 * Writes the outcomes of indexing, each in one transaction together with the end of its entry in
 * the journal: at any instant an image is either finished or still to do.
 */
export class LibraryWriter {
  readonly #store: LibraryStore;
  readonly #modelRevision: string;
  readonly #onChange: (change: LibraryChange) => void;

  constructor(options: {
    readonly store: LibraryStore;
    readonly modelRevision: string;
    readonly onChange: (change: LibraryChange) => void;
  }) {
    this.#store = options.store;
    this.#modelRevision = options.modelRevision;
    this.#onChange = options.onChange;
  }

  /** Stores processed images and the files that show them. */
  saveImages(finished: readonly FinishedImage[]): void {
    const shown: number[] = [];
    const before: string[] = [];
    const replaced = { images: [] as number[], faces: [] as number[] };
    this.#store.database.transaction(() => {
      for (const { image, items } of finished) {
        const decided = this.#store.decidedFaces.list(image.contentHash, items);
        const saved = this.#store.images.save(image, decided);
        shown.push(saved.imageId);
        replaced.images.push(...saved.replaced.images);
        replaced.faces.push(...saved.replaced.faces);
        for (const item of items) {
          before.push(...this.#saveFile(item, image.contentHash));
        }
      }
    });
    // Looked at last: a file later in the batch may show what an earlier one no longer does.
    const hidden = before.flatMap((contentHash) => this.#ifHidden(contentHash));
    this.#onChange({ shown, hidden, replaced });
  }

  /**
   * Notes that a file shows content which is processed already; false where it is not.
   *
   * @param above only an image with a greater id counts
   */
  saveKnown(item: WorkItem, contentHash: string, above: number): boolean {
    const known = this.#store.images.findByContent(contentHash, this.#modelRevision);
    if (known === undefined || known.id <= above || this.#lacksDrawnFace(item, known)) {
      return false;
    }
    const before = this.#store.database.transaction(() => this.#saveFile(item, contentHash));
    const hidden = before.flatMap((one) => this.#ifHidden(one));
    this.#onChange({ shown: [known.id], hidden, replaced: nothingReplaced });
    return true;
  }

  /** Records why a file could not be indexed; what it showed before is no longer true. */
  saveFailure(item: WorkItem, error: FamiliarError, quarantined = false): void {
    const hidden = this.#store.database.transaction(() => {
      this.#store.failures.save({
        ...item,
        modelRevision: this.#modelRevision,
        code: error.code,
        message: error.message,
        remedy: error.remedy,
        quarantined,
      });
      this.#store.journal.end(item.path);
      return this.#deleteFile(item.path);
    });
    this.#onChange({ shown: [], hidden, replaced: nothingReplaced });
  }

  /** Records what could not even be listed, such as a folder without permission. */
  saveFailedScans(failed: readonly FailedScan[]): void {
    this.#store.database.transaction(() => {
      for (const { error, ...place } of failed) {
        this.#store.failures.save({
          ...place,
          sizeBytes: 0,
          mtimeMs: 0,
          ctimeMs: 0,
          modelRevision: this.#modelRevision,
          code: error.code,
          message: error.message,
          remedy: error.remedy,
          quarantined: false,
        });
      }
    });
  }

  /** Forgets files that are gone. Their images stay for a while, should they come back. */
  deleteFiles(paths: readonly string[]): void {
    const hidden = this.#store.database.transaction(() =>
      paths.flatMap((path) => {
        this.#store.failures.delete(path);
        this.#store.journal.end(path);
        return this.#deleteFile(path);
      }),
    );
    this.#onChange({ shown: [], hidden, replaced: nothingReplaced });
  }

  /** @returns the content that the file showed before, where it was another one */
  #saveFile(item: WorkItem, contentHash: string): string[] {
    const before = this.#store.files.find(item.path);
    this.#store.files.save({ ...item, contentHash });
    this.#store.decidedFaces.carry(contentHash, [item]);
    this.#store.failures.delete(item.path);
    this.#store.journal.end(item.path);
    const isChanged = before !== undefined && before.contentHash !== contentHash;
    return isChanged ? [before.contentHash] : [];
  }

  /** Whether a face was drawn at that place which the image does not have: it must be embedded. */
  #lacksDrawnFace(item: WorkItem, image: ImageRecord): boolean {
    const drawn = this.#store.decidedFaces
      .list(image.contentHash, [item])
      .filter(({ source }) => source === 'manual');
    // Few images have one, and every file that only moved comes by here.
    if (drawn.length === 0) {
      return false;
    }
    const known = new Set(this.#store.images.faces(image.id).map(({ stableId }) => stableId));
    return drawn.some(({ stableId }) => !known.has(stableId));
  }

  #deleteFile(path: string): string[] {
    const before = this.#store.files.find(path);
    return before !== undefined && this.#store.files.delete(path)
      ? this.#ifHidden(before.contentHash)
      : [];
  }

  #ifHidden(contentHash: string): string[] {
    return this.#store.files.listByContent(contentHash).length === 0 ? [contentHash] : [];
  }
}
