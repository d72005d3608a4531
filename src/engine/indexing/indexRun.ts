import { buffer, inBatches, mapUnordered } from '../../common/asyncStages.ts';
import { type FamiliarError, isAbort, toFamiliarError } from '../../common/failure.ts';
import { freeBuffer } from '../../common/freeBuffer.ts';
import { readImageFile } from '../files/readImageFile.ts';
import type { NewImage } from '../library/imageTable.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { Concurrency } from '../models/modelManager.ts';
import { type ImageProcessor, type PreparedFile, releasePixels } from './imageProcessor.ts';
import type { LibraryWriter } from './libraryWriter.ts';
import type { PauseGate } from './pauseGate.ts';
import type { WorkItem } from './workList.ts';

/**
 * A file larger than this is not read into memory. The largest art files (layered TIFF of a
 * whole poster) stay below it.
 */
const maxFileBytes = 1024 ** 3;

export interface RunCounts {
  done: number;
  faces: number;
  failures: number;
}

export interface RunOptions {
  readonly store: LibraryStore;
  readonly writer: LibraryWriter;
  readonly processor: ImageProcessor;
  readonly gate: PauseGate;
  /** Images up to this id are processed again. */
  readonly redoUpTo: number;
  readonly signal: AbortSignal;
  readonly counts: RunCounts;
  readonly onCounts: () => void;
}

interface Prepared {
  readonly item: WorkItem;
  readonly file: PreparedFile;
}

/**
 * Takes a list of files through read → decode → infer → store, the stages overlapped. One bad
 * file is one recorded failure. Rejects only where the run as a whole cannot go on: cancelled,
 * or the store cannot be written.
 */
export class IndexRun {
  readonly #options: RunOptions;
  /** Files met with content that is in work already: they share its outcome. */
  readonly #copies = new Map<string, WorkItem[]>();

  constructor(options: RunOptions) {
    this.#options = options;
  }

  async process(items: Iterable<WorkItem>, concurrency: () => Concurrency): Promise<void> {
    const { decoders, streams } = concurrency();
    const prepared = mapUnordered(items, decoders, (item) => this.#prepare(item));
    // Models are loaded by the first image; the batch that they are fastest with is known then.
    const batches = inBatches(withoutGaps(prepared), () => concurrency().batchSize);
    // One batch waits ready while another is in inference: decoding never starves it.
    const outcomes = mapUnordered(buffer(batches, 1), streams, (batch) => this.#infer(batch));
    for await (const finished of outcomes) {
      if (finished.length > 0) {
        this.#store(finished);
      }
    }
  }

  /** The file ready for inference; nothing where that is already done with it. */
  async #prepare(item: WorkItem): Promise<Prepared | undefined> {
    const { store, writer, processor, gate, redoUpTo, signal } = this.#options;
    await gate.pass(signal);
    store.journal.begin(item.path);
    try {
      const file = await readImageFile(item.path, { maxBytes: maxFileBytes, signal });
      const { sizeBytes, mtimeMs, ctimeMs } = file;
      const current = { ...item, sizeBytes, mtimeMs, ctimeMs };
      const sharing = this.#copies.get(file.contentHash);
      if (sharing !== undefined) {
        sharing.push(current);
        return undefined;
      }
      if (writer.saveKnown(current, file.contentHash, redoUpTo)) {
        this.#countDone(1, 0);
        return undefined;
      }
      this.#copies.set(file.contentHash, [current]);
      try {
        const manualBoxes = store.decidedFaces.drawnBoxes(file.contentHash, [item]);
        const prepared = await processor.prepare(file, manualBoxes, signal);
        freeBuffer(file.bytes);
        return { item: current, file: prepared };
      } catch (error) {
        this.#failContent(file.contentHash, error);
        return undefined;
      }
    } catch (error) {
      this.#failItem(item, error);
      return undefined;
    }
  }

  /** Vectors of a batch; where the batch fails, each image is tried alone to find the culprit. */
  async #infer(batch: readonly Prepared[]): Promise<NewImage[]> {
    const { processor, signal } = this.#options;
    try {
      const images = await processor.infer(
        batch.map(({ file }) => file),
        signal,
      );
      for (const { file } of batch) {
        releasePixels(file);
      }
      return images;
    } catch (error) {
      const [first] = batch;
      if (first !== undefined && batch.length === 1) {
        this.#failContent(first.file.contentHash, error);
        return [];
      }
      rethrowAbort(error);
      const alone = await Promise.all(batch.map((prepared) => this.#inferAlone(prepared)));
      return alone.flat();
    }
  }

  /** Releases no pixels: what the batch left in work when it failed may still read them. */
  async #inferAlone({ file }: Prepared): Promise<NewImage[]> {
    try {
      return await this.#options.processor.infer([file], this.#options.signal);
    } catch (error) {
      this.#failContent(file.contentHash, error);
      return [];
    }
  }

  #store(images: readonly NewImage[]): void {
    const finished = images.map((image) => ({ image, items: this.#takeCopies(image.contentHash) }));
    this.#options.writer.saveImages(finished);
    const files = finished.reduce((sum, { items }) => sum + items.length, 0);
    this.#countDone(
      files,
      images.reduce((sum, { faces }) => sum + faces.length, 0),
    );
  }

  #takeCopies(contentHash: string): WorkItem[] {
    const items = this.#copies.get(contentHash) ?? [];
    this.#copies.delete(contentHash);
    return items;
  }

  #failContent(contentHash: string, error: unknown): void {
    for (const item of this.#takeCopies(contentHash)) {
      this.#failItem(item, error);
    }
  }

  #failItem(item: WorkItem, error: unknown): void {
    rethrowAbort(error);
    const failure = toFamiliarError(error);
    if (isStoreFailure(failure)) {
      throw failure;
    }
    if (failure.code === 'file-missing') {
      // Deleted between listing and reading: there is nothing left that could have failed.
      this.#options.writer.deleteFiles([item.path]);
    } else {
      this.#options.writer.saveFailure(item, failure);
      this.#options.counts.failures++;
    }
    this.#countDone(1, 0);
  }

  #countDone(files: number, faces: number): void {
    this.#options.counts.done += files;
    this.#options.counts.faces += faces;
    this.#options.onCounts();
  }
}

/** Failures of the library itself are not the file's fault and end the run. */
function isStoreFailure(error: FamiliarError): boolean {
  return error.code.startsWith('store-');
}

function rethrowAbort(error: unknown): void {
  if (isAbort(error)) {
    throw error;
  }
}

async function* withoutGaps<T>(source: AsyncIterable<T | undefined>): AsyncGenerator<T> {
  for await (const item of source) {
    if (item !== undefined) {
      yield item;
    }
  }
}
