import { readImageFile } from '../files/readImageFile.ts';
import { type ThumbnailCache, thumbnailSidePx } from '../library/thumbnailCache.ts';
import type { ImageProcessor } from './imageProcessor.ts';

/** A file larger than this is not read for a thumbnail alone. */
const maxBytes = 256 * 1024 * 1024;

export interface ThumbnailRestorerOptions {
  readonly thumbnails: ThumbnailCache;
  readonly processor: ImageProcessor;
  /** There are pictures again where results had none. */
  readonly onRestored: () => void;
}

/**
 * Makes thumbnails that somebody deleted, when results want to show them: indexing makes them
 * for new images only. One at a time in the background, so that no search waits for it.
 */
export class ThumbnailRestorer {
  readonly #options: ThumbnailRestorerOptions;
  readonly #abort = new AbortController();
  /** What waits, and what could not be made: a file that cannot be read is not asked again. */
  readonly #known = new Set<string>();
  #last: Promise<void> = Promise.resolve();

  constructor(options: ThumbnailRestorerOptions) {
    this.#options = options;
  }

  /** @param paths files that showed the content when they were indexed */
  restore(contentHash: string, paths: readonly string[]): void {
    if (!this.#known.has(contentHash)) {
      this.#known.add(contentHash);
      this.#last = this.#last.then(() => this.#restoreOne(contentHash, paths));
    }
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#last;
  }

  async #restoreOne(contentHash: string, paths: readonly string[]): Promise<void> {
    const { thumbnails, onRestored } = this.#options;
    for (const path of paths) {
      if (this.#abort.signal.aborted) {
        return;
      }
      try {
        await this.#makeFrom(path, contentHash);
      } catch {
        // The file is gone, changed or unreadable: the scan that comes across it reports that.
        continue;
      }
      if (thumbnails.find(contentHash) !== undefined) {
        this.#known.delete(contentHash);
        onRestored();
        return;
      }
    }
  }

  async #makeFrom(path: string, contentHash: string): Promise<void> {
    const { thumbnails, processor } = this.#options;
    const { signal } = this.#abort;
    const file = await readImageFile(path, { maxBytes, signal });
    if (file.contentHash === contentHash) {
      const decoded = await processor.decode(file.bytes, signal);
      await processor.savePicture(thumbnails, file, decoded, thumbnailSidePx);
    }
  }
}
