import type { LibraryCounts } from './libraryStore.ts';

export interface CountsCacheOptions {
  /** Counts the whole library, which takes the longer the larger it is. */
  readonly count: () => LibraryCounts;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
}

/** While the library changes, counting takes no more than this part of the time. */
const largestShare = 1 / 100;

/** The counts of a library, for whoever asks for them all the time. */
export class CountsCache {
  readonly #count: () => LibraryCounts;
  readonly #now: () => number;
  #known:
    | { readonly counts: LibraryCounts; readonly epoch: number; readonly nextMs: number }
    | undefined;

  constructor({ count, now = () => performance.now() }: CountsCacheOptions) {
    this.#count = count;
    this.#now = now;
  }

  /**
   * @param epoch changes whenever the library does
   * @param isGrowing whether it goes on changing, so that counts may be a little older
   */
  read(epoch: number, isGrowing: boolean): LibraryCounts {
    const known = this.#known;
    if (
      known !== undefined &&
      (known.epoch === epoch || (isGrowing && this.#now() < known.nextMs))
    ) {
      return known.counts;
    }
    const startedMs = this.#now();
    const counts = this.#count();
    const endedMs = this.#now();
    const nextMs = endedMs + (endedMs - startedMs) / largestShare;
    this.#known = { counts, epoch, nextMs };
    return counts;
  }
}
