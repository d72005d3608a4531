import type { SearchReason } from './foundResults.ts';

export interface SearchLoopOptions {
  readonly search: (reason: SearchReason, signal: AbortSignal) => Promise<void>;
  /** A search begins, or all of them have ended; not for a mere move of the slider. */
  readonly onDidChange: () => void;
  readonly onFailure: (error: unknown) => void;
}

/** Searches one at a time, always with the latest wishes: a dragged slider shows what it can. */
export class SearchLoop {
  readonly #options: SearchLoopOptions;
  #work = new AbortController();
  #wanted: SearchReason | undefined;
  #running = false;
  #searching = false;

  constructor(options: SearchLoopOptions) {
    this.#options = options;
  }

  /** Whether a search is under way that takes long enough to be shown. */
  get searching(): boolean {
    return this.#searching;
  }

  /** Searches now, or as soon as the search under way has ended; a new query ends that one. */
  want(reason: SearchReason): void {
    if (reason === 'query') {
      this.#work.abort();
    }
    // What is already wanted may be the stronger reason: a new query is one for the weight too.
    this.#wanted = this.#wanted === 'query' ? 'query' : reason;
    if (!this.#running) {
      this.#running = true;
      this.#run().catch((error: unknown) => this.#options.onFailure(error));
    }
  }

  /** Ends the search under way; its answer no longer matters. */
  abort(): void {
    this.#work.abort();
  }

  async #run(): Promise<void> {
    const { search, onFailure } = this.#options;
    for (let reason = this.#take(); reason !== undefined; reason = this.#take()) {
      this.#announce(this.#searching || reason !== 'weight');
      this.#work = new AbortController();
      try {
        await search(reason, this.#work.signal);
      } catch (error) {
        onFailure(error);
      }
    }
    // In the same turn as the last look for wishes, so that none is missed in between.
    this.#running = false;
    this.#announce(false);
  }

  #announce(searching: boolean): void {
    if (this.#searching !== searching) {
      this.#searching = searching;
      this.#options.onDidChange();
    }
  }

  #take(): SearchReason | undefined {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    return wanted;
  }
}
