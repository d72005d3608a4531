import { FamiliarError } from '../../common/failure.ts';
import type { Box } from '../../common/geometry.ts';
import type { QuerySource, SimilarResults } from '../../protocol/engineProtocol.ts';
import type { Failure } from '../../protocol/failureSchema.ts';
import type { EngineClient } from '../client/engineClient.ts';
import { toShownFailure } from '../library/failures.ts';
import {
  moveQuery,
  nameOf,
  type OpenQuery,
  openQuery,
  refreshQuery,
  reopenQuery,
} from './openQuery.ts';
import type { SavedSession } from './sessionMemory.ts';

export interface WantedQuery {
  readonly source: QuerySource;
  /** Faces to select; the main face when left out. */
  readonly selectedFaceIds: readonly number[] | undefined;
  /** Box of a face that was seen before, to select in their place. */
  readonly selectedBox?: Box | undefined;
}

export interface OpenQueriesOptions {
  readonly engine: EngineClient;
  /** The images, or what is known of their opening, changed. */
  readonly onDidChange: () => void;
  /** Other images or faces than before are searched for. */
  readonly onDidReplace: () => void;
}

/** The images that one view searches for: opens them, and opens them again in a new engine. */
export class OpenQueries {
  readonly #options: OpenQueriesOptions;
  #all: readonly OpenQuery[] = [];
  #opening: readonly string[] = [];
  #failure: Failure | null = null;
  #work = new AbortController();

  constructor(options: OpenQueriesOptions) {
    this.#options = options;
  }

  get all(): readonly OpenQuery[] {
    return this.#all;
  }

  /** Names of images that are being opened. */
  get opening(): readonly string[] {
    return this.#opening;
  }

  /** Why an image could not be opened. */
  get failure(): Failure | null {
    return this.#failure;
  }

  /**
   * Opens images in the place of the ones before.
   * @returns whether they were opened, and not others wanted meanwhile
   */
  async open(wanted: readonly WantedQuery[]): Promise<boolean> {
    const signal = this.#begin();
    this.#opening = wanted.map(({ source }) => nameOf(source));
    this.#failure = null;
    this.#options.onDidChange();
    const outcomes = await Promise.allSettled(
      wanted.map((query) => openQuery({ engine: this.#options.engine, ...query, signal })),
    );
    if (signal.aborted) {
      return false;
    }
    this.#opening = [];
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    this.#failure = failed === undefined ? null : toShownFailure(failed.reason);
    this.#set(
      outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    );
    return true;
  }

  /**
   * Opens the images in an engine that has never heard of them, faces as before. Images that are
   * being opened at the moment take their place by themselves.
   * @returns whether they were opened, and not others wanted meanwhile
   */
  async reopen(): Promise<boolean> {
    if (this.#all.length === 0 || this.#opening.length > 0) {
      return false;
    }
    const signal = this.#begin();
    try {
      const { engine } = this.#options;
      const all = await Promise.all(this.#all.map((query) => reopenQuery(engine, query, signal)));
      signal.throwIfAborted();
      this.#set(all);
      return true;
    } catch (error) {
      if (signal.aborted) {
        return false;
      }
      throw error;
    }
  }

  /**
   * Takes over what people decided about the faces since: here, in the other view or in another window.
   * @returns whether other faces are searched by than before
   */
  async refresh(): Promise<boolean> {
    const before = this.#all;
    const { engine } = this.#options;
    const all = await Promise.all(before.map((query) => refreshQuery(engine, query)));
    if (this.#all !== before || all.every((query, i) => query === before[i])) {
      return false;
    }
    this.#set(all);
    const chosen = (queries: readonly OpenQuery[]) =>
      JSON.stringify(queries.map(({ selectedFaceIds }) => selectedFaceIds));
    return chosen(all) !== chosen(before);
  }

  /** Takes over images that are open in the engine already, as they are. */
  adopt(queries: readonly OpenQuery[]): void {
    this.#begin();
    this.#opening = [];
    this.#failure = null;
    this.#set(queries);
  }

  /** Puts a query in the place of the one with its id. */
  replace(query: OpenQuery): void {
    const { queryId } = query.image;
    this.#set(this.#all.map((other) => (other.image.queryId === queryId ? query : other)));
  }

  /** Goes after files that were renamed or moved while they are searched for. */
  follow(moved: SimilarResults['moved']): void {
    const places = new Map(moved.map(({ queryId, name, path }) => [queryId, { name, path }]));
    const isLeft = ({ image }: OpenQuery) => {
      const place = places.get(image.queryId);
      return place !== undefined && place.path !== image.path;
    };
    if (this.#all.some(isLeft)) {
      this.#set(this.#all.map((query) => moveQuery(query, places.get(query.image.queryId))));
    }
  }

  close(queryId: string): void {
    this.#set(this.#all.filter(({ image }) => image.queryId !== queryId));
  }

  /** @throws FamiliarError `query-unknown` where the image is no longer searched for. */
  expect(queryId: string): OpenQuery {
    const query = this.#all.find(({ image }) => image.queryId === queryId);
    if (query === undefined) {
      throw new FamiliarError('query-unknown', 'Expected an image that is being searched for.', {
        remedy: 'Search for the image again.',
      });
    }
    return query;
  }

  /** The query that the face was found in. */
  withFace(faceId: number | null): OpenQuery | undefined {
    return this.#all.find(({ image }) => image.faces.some(({ id }) => id === faceId));
  }

  /** What can be opened again in another window: an image without a file cannot. */
  files(): SavedSession['queries'] {
    return this.#all.flatMap(({ image, selectedFaceIds }) =>
      image.path === null ? [] : [{ path: image.path, selectedFaceIds: [...selectedFaceIds] }],
    );
  }

  /** Ends what is being opened. */
  abort(): void {
    this.#work.abort();
  }

  #begin(): AbortSignal {
    this.#work.abort();
    this.#work = new AbortController();
    return this.#work.signal;
  }

  #set(all: readonly OpenQuery[]): void {
    this.#all = all;
    this.#options.onDidReplace();
    this.#options.onDidChange();
  }
}
