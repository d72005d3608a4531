import type { FamiliarError } from '../../common/failure.ts';
import type { ImageRecord, NewImage } from '../library/imageTable.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { FailedScan, WorkItem } from './workList.ts';

/** What a write changed for whoever keeps an index of the library. */
export interface LibraryChange {
  /** Images of the current model revision that are to be found from now on. */
  readonly shown: readonly number[];
  /** Contents that no file shows any more. */
  readonly hidden: readonly string[];
  /** What was processed again has new ids; these are the old ones, which no longer exist. */
  readonly replaced: ReplacedIds;
}

export interface ReplacedIds {
  readonly images: readonly number[];
  readonly faces: readonly number[];
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
    const hidden: string[] = [];
    const replaced = { images: [] as number[], faces: [] as number[] };
    this.#store.database.transaction(() => {
      for (const { image, items } of finished) {
        const before = this.#store.images.findByContent(image.contentHash, image.modelRevision);
        if (before !== undefined) {
          replaced.images.push(before.id);
          replaced.faces.push(...this.#store.images.faces(before.id).map(({ id }) => id));
        }
        const decided = this.#store.decidedFaces.list(image.contentHash, items);
        shown.push(this.#store.images.save(image, decided).imageId);
        for (const item of items) {
          hidden.push(...this.#saveFile(item, image.contentHash));
        }
      }
    });
    // A file later in the batch may show what an earlier one no longer does.
    this.#onChange({ shown, hidden: hidden.flatMap((hash) => this.#ifHidden(hash)), replaced });
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
    const hidden = this.#store.database.transaction(() => this.#saveFile(item, contentHash));
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

  #saveFile(item: WorkItem, contentHash: string): string[] {
    const before = this.#store.files.find(item.path);
    this.#store.files.save({ ...item, contentHash });
    this.#store.decidedFaces.carry(contentHash, [item]);
    this.#store.failures.delete(item.path);
    this.#store.journal.end(item.path);
    const replaced = before !== undefined && before.contentHash !== contentHash;
    return replaced ? this.#ifHidden(before.contentHash) : [];
  }

  /** Whether a face was drawn at that place which the image does not have: it must be embedded. */
  #lacksDrawnFace(item: WorkItem, image: ImageRecord): boolean {
    const known = new Set(this.#store.images.faces(image.id).map(({ stableId }) => stableId));
    return this.#store.decidedFaces
      .list(image.contentHash, [item])
      .some(({ source, stableId }) => source === 'manual' && !known.has(stableId));
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
