import { FamiliarError } from '../../common/failure.ts';
import type { SimilarResult, SimilarResults } from '../../protocol/engineProtocol.ts';
import type { ViewResults } from '../../protocol/viewProtocol.ts';

/** Why results took the place of others. */
export type SearchReason = ViewResults['reason'];

export interface Found {
  readonly resultsId: number;
  readonly reason: SearchReason;
  /** The first page, and what holds for all of them. */
  readonly page: SimilarResults;
}

/** A search that has not been made, or for nothing. */
export const nothingFound: SimilarResults = {
  results: [],
  total: 0,
  copiesOfQuery: [],
  moved: [],
  partial: false,
  search: 'annoy',
  epoch: 0,
};

/**
 * The results that are shown, and with them every page that was sent: webviews give ids back
 * where paths are needed.
 */
export class FoundResults {
  readonly #known = new Map<number, SimilarResult>();
  #found: Found = { resultsId: 0, reason: 'query', page: nothingFound };

  get found(): Found {
    return this.#found;
  }

  /** Takes new results; after a mere refresh, cards of the old ones may still be on screen. */
  replace(reason: SearchReason, page: SimilarResults): void {
    if (reason !== 'refresh') {
      this.#known.clear();
    }
    this.learn(page.results);
    this.#found = { resultsId: this.#found.resultsId + 1, reason, page };
  }

  /** Remembers one more page of the same results. */
  learn(results: readonly SimilarResult[]): void {
    for (const result of results) {
      this.#known.set(result.imageId, result);
    }
  }

  /** @throws FamiliarError `query-unknown` where the result is no longer shown. */
  expect(imageId: number): SimilarResult {
    const result = this.#known.get(imageId);
    if (result === undefined) {
      throw staleResult();
    }
    return result;
  }

  /** Path of a result's file; `place` 0 is the file itself, n its copy n − 1. */
  pathOf(imageId: number, place: number): string {
    const result = this.expect(imageId);
    const path = place === 0 ? result.path : result.copies[place - 1]?.path;
    if (path === undefined) {
      throw staleResult();
    }
    return path;
  }
}

/** The failure of whoever asks for a result that has gone. */
export function staleResult(): FamiliarError {
  return new FamiliarError('query-unknown', 'Expected a result that is still shown.', {
    remedy: 'Search again: the library has changed since.',
  });
}
