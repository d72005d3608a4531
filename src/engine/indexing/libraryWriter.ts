import type { FamiliarError } from '../../common/failure.ts';
import type { PassedOver } from '../files/passedOver.ts';
import { toRelativeBox } from '../library/decidedFaceTable.ts';
import type { ImageRecord, KnownFace, NewImage } from '../library/imageTable.ts';
import {
  type IndexedImage,
  joinRows,
  type LibraryChange,
  noRows,
  type RowIds,
} from '../library/libraryChange.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import { passedOverKey } from '../library/metaTable.ts';
import type { FailedScan, WorkItem } from './workList.ts';

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
    const contents = finished.map(({ image }) => image.contentHash);
    const change = this.#store.database.transaction(() => {
      const shownBefore = this.#store.matches.shown(contents);
      const before: string[] = [];
      const replaced: RowIds[] = [];
      const saved: IndexedImage[] = [];
      for (const { image, items } of finished) {
        const { decidedFaces, images } = this.#store;
        const done = images.save(image, {
          ofContent: decidedFaces.ofContent(image.contentHash),
          ofPlaces: decidedFaces.ofPlaces(image.contentHash, items),
        });
        if (image.fingerprint !== undefined) {
          this.#store.fingerprints.save(image.contentHash, image.fingerprint);
        }
        replaced.push(done.replaced);
        saved.push({
          id: done.imageId,
          modelRevision: image.modelRevision,
          look: image.look,
          faces: done.faces,
        });
        this.#inherit(image, done.known, items);
        for (const item of items) {
          before.push(...this.#saveFile(item, image.contentHash));
        }
      }
      // What other models computed of it is still searched while these see every image.
      const cameBack = this.#cameBack(contents, shownBefore, saved);
      const removed = joinRows([...replaced, this.#hiddenOf(before)]);
      // A content that came twice was replaced within the batch.
      const gone = new Set(removed.images);
      return { removed, added: [...saved, ...cameBack].filter(({ id }) => !gone.has(id)) };
    });
    this.#onChange(change);
  }

  /**
   * Notes that a file shows content which is processed already; false where it is not.
   *
   * @param above only an image with a greater id counts
   */
  saveKnown(item: WorkItem, contentHash: string, above: number): boolean {
    const known = this.#store.images.findByContent(contentHash, this.#modelRevision);
    if (known === undefined || known.id <= above || this.#lacksDecidedFace(item, known)) {
      return false;
    }
    const change = this.#store.database.transaction(() => {
      const shownBefore = this.#store.matches.shown([contentHash]);
      const before = this.#saveFile(item, contentHash);
      return {
        removed: this.#hiddenOf(before),
        added: this.#cameBack([contentHash], shownBefore, []),
      };
    });
    this.#onChange(change);
    return true;
  }

  /** Records why a file could not be indexed; what it showed before is no longer true. */
  saveFailure(item: WorkItem, error: FamiliarError, quarantined = false): void {
    this.#forget(() => {
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

  /** Keeps what the last scan of everything left out. */
  savePassedOver(counts: PassedOver): void {
    const text = JSON.stringify(counts);
    if (this.#store.meta.get(passedOverKey) !== text) {
      this.#store.meta.set(passedOverKey, text);
    }
  }

  /** Forgets files that are gone. Their images stay for a while, should they come back. */
  deleteFiles(paths: readonly string[]): void {
    this.#forget(() =>
      paths.flatMap((path) => {
        this.#store.failures.delete(path);
        this.#store.journal.end(path);
        return this.#deleteFile(path);
      }),
    );
  }

  /** Forgets the files of a workspace folder that is no longer open. */
  deleteFolder(folder: string): void {
    this.#forget(() => this.#store.files.deleteFolder(folder));
  }

  /** @param work deletes files, and returns the contents that they showed */
  #forget(work: () => readonly string[]): void {
    const removed = this.#store.database.transaction(() => {
      const before = work();
      return before.length === 0 ? undefined : this.#hiddenOf(before);
    });
    if (removed !== undefined) {
      this.#onChange({ removed, added: [] });
    }
  }

  /** @returns the content that the file showed before, where it was another one */
  #saveFile(item: WorkItem, contentHash: string): string[] {
    const before = this.#store.files.find(item.path);
    this.#store.files.save({ ...item, contentHash });
    this.#store.decidedFaces.carry(contentHash, item);
    this.#store.failures.delete(item.path);
    this.#store.journal.end(item.path);
    const isChanged = before !== undefined && before.contentHash !== contentHash;
    return isChanged ? [before.contentHash] : [];
  }

  /** The decisions about what lay there before hold for the faces that are still the same. */
  #inherit(image: NewImage, known: readonly KnownFace[], places: readonly WorkItem[]): void {
    for (const { stableId, isInherited, face } of known) {
      for (const place of isInherited ? places : []) {
        const box = toRelativeBox(face.box, image);
        const { source } = face;
        this.#store.decidedFaces.insert({ stableId, source, box }, image.contentHash, place);
      }
    }
  }

  /**
   * Whether the image must be processed again to have a face that people decided on: one that was
   * drawn must be embedded, one of what lay at that place before compared.
   */
  #lacksDecidedFace(item: WorkItem, image: ImageRecord): boolean {
    const { decidedFaces, images } = this.#store;
    const drawn = decidedFaces
      .ofContent(image.contentHash)
      .filter(({ source }) => source === 'manual');
    const decided = [...drawn, ...decidedFaces.ofPlaces(image.contentHash, [item])];
    // Few images have one, and every file that only moved comes by here.
    if (decided.length === 0) {
      return false;
    }
    const known = images.stableIds(image.id);
    return decided.some(({ stableId }) => !known.has(stableId));
  }

  #deleteFile(path: string): string[] {
    const before = this.#store.files.find(path);
    return before !== undefined && this.#store.files.delete(path) ? [before.contentHash] : [];
  }

  /** The images of those contents that no file shows any more, after all files are written. */
  #hiddenOf(contentHashes: readonly string[]): RowIds {
    if (contentHashes.length === 0) {
      return noRows;
    }
    const shown = this.#store.matches.shown(contentHashes);
    return this.#store.matches.idsOfContents(contentHashes.filter((hash) => !shown.has(hash)));
  }

  /** Images of the contents that files show again, but for those whose vectors are at hand. */
  #cameBack(
    contentHashes: readonly string[],
    shownBefore: ReadonlySet<string>,
    atHand: readonly IndexedImage[],
  ): IndexedImage[] {
    const { matches } = this.#store;
    const back = [...matches.shown(contentHashes)].filter((hash) => !shownBefore.has(hash));
    const known = new Set(atHand.map(({ id }) => id));
    const ids = matches.idsOfContents(back).images.filter((id) => !known.has(id));
    return ids.length === 0 ? [] : matches.indexedImages(ids);
  }
}
