import { pageSize } from '../../src/protocol/viewProtocol.ts';

type FetchPage<C> = (resultsId: number, offset: number) => Promise<readonly C[] | null>;

/** A list of which the first page is known. */
export interface PagedList<C> {
  readonly resultsId: number;
  /** `refresh`: the same list, changed. */
  readonly reason: string;
  readonly total: number;
  readonly cards: readonly C[];
}

/**
 * The cards of the current results as far as they have been fetched. After a refresh the old
 * cards stay in view until their page has been fetched anew, so that nothing flickers.
 */
export class ResultPages<C> {
  #results: PagedList<C>;
  #fresh = new Map<number, readonly C[]>();
  #stale = new Map<number, readonly C[]>();
  readonly #asked = new Set<number>();
  readonly #fetch: FetchPage<C>;
  readonly #onDidChange: () => void;

  constructor(results: PagedList<C>, fetch: FetchPage<C>, onDidChange: () => void) {
    this.#results = results;
    this.#fetch = fetch;
    this.#onDidChange = onDidChange;
    this.replace(results);
  }

  get total(): number {
    return this.#results.total;
  }

  /** Begins another list; its first page comes along. */
  replace(results: PagedList<C>): void {
    this.#stale =
      results.reason === 'refresh' ? new Map([...this.#stale, ...this.#fresh]) : new Map();
    this.#fresh = new Map([[0, results.cards]]);
    this.#asked.clear();
    this.#results = results;
  }

  /** The card at a position of the list; null while it is unknown. */
  cardAt(index: number): C | null {
    const page = Math.floor(index / pageSize);
    const cards = this.#fresh.get(page) ?? this.#stale.get(page);
    return cards?.[index % pageSize] ?? null;
  }

  /** Fetches the pages that the positions `first`…`last` lie on, where they are not there. */
  ensure(first: number, last: number): void {
    const end = Math.min(last, this.total - 1);
    for (let page = Math.floor(Math.max(0, first) / pageSize); page * pageSize <= end; page += 1) {
      if (!this.#fresh.has(page) && !this.#asked.has(page)) {
        void this.#load(page);
      }
    }
  }

  async #load(page: number): Promise<void> {
    const { resultsId } = this.#results;
    this.#asked.add(page);
    const cards = await this.#fetch(resultsId, page * pageSize);
    if (resultsId !== this.#results.resultsId) {
      return;
    }
    if (cards === null) {
      // A newer list is on its way or the request failed: scrolling here again asks again.
      this.#asked.delete(page);
      return;
    }
    this.#fresh.set(page, cards);
    this.#onDidChange();
  }
}
