import * as vscode from 'vscode';
import { FamiliarError, isAbort, toFamiliarError } from '../base/failure.ts';
import type { Box } from '../base/geometry.ts';
import type {
  Failure,
  QuerySource,
  SimilarResult,
  SimilarResults,
} from '../protocol/engineProtocol.ts';
import { pageSize, type ViewResults } from '../protocol/viewProtocol.ts';
import { Disposer } from './disposer.ts';
import { toFailure } from './failures.ts';
import type { Library } from './library.ts';
import { nameOf, type OpenQuery, openQuery, reopenQuery } from './openQuery.ts';
import type { SessionMemory } from './sessionMemory.ts';

export interface FoundResults {
  readonly resultsId: number;
  readonly reason: ViewResults['reason'];
  readonly page: SimilarResults;
}

export interface SimilarSessionOptions {
  readonly id: string;
  readonly library: Library;
  readonly memory: SessionMemory;
}

const noResults: FoundResults = {
  resultsId: 0,
  reason: 'query',
  page: {
    results: [],
    total: 0,
    copiesOfQuery: [],
    partial: false,
    search: 'annoy',
    epoch: 0,
  },
};

/** While the library changes all the time, open results are renewed no more often than this. */
const refreshPauseMs = 400;

/**
 * What one surface searches for and what was found. It lives in the host, so a webview can
 * vanish and come back at any time, and an engine can die: the images are opened again.
 */
export class SimilarSession extends Disposer {
  readonly id: string;
  readonly #library: Library;
  readonly #memory: SessionMemory;
  readonly #onDidChange = this.own(new vscode.EventEmitter<void>());
  readonly #onDidFind = this.own(new vscode.EventEmitter<void>());
  /** Results by image, of every page that was sent: ids come back, paths are needed. */
  readonly #known = new Map<number, SimilarResult>();
  #queries: readonly OpenQuery[] = [];
  #opening: readonly string[] = [];
  #openFailure: Failure | null = null;
  #searchFailure: Failure | null = null;
  #weight: number;
  #results = noResults;
  #openWork = new AbortController();
  #searchWork = new AbortController();
  #wanted: ViewResults['reason'] | undefined;
  #searching = false;
  #visible = false;
  #stale = false;
  #restored = false;
  #refreshTimer: NodeJS.Timeout | undefined;

  readonly onDidChange = this.#onDidChange.event;
  readonly onDidFind = this.#onDidFind.event;

  constructor({ id, library, memory }: SimilarSessionOptions) {
    super();
    this.id = id;
    this.#library = library;
    this.#memory = memory;
    this.#weight = memory.read().weight;
    this.own(library.onDidChangeImages(() => this.#refreshSoon()));
    this.own(
      library.engine.onDidChangeState((state) => {
        if (state === 'ready' && this.#queries.length > 0) {
          this.#reopen('refresh');
        }
      }),
    );
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.setVisible(this.#visible)));
    this.own({
      dispose: () => {
        clearTimeout(this.#refreshTimer);
        this.#openWork.abort();
        this.#searchWork.abort();
      },
    });
  }

  get queries(): readonly OpenQuery[] {
    return this.#queries;
  }

  /** Names of images that are being opened. */
  get opening(): readonly string[] {
    return this.#opening;
  }

  get openFailure(): Failure | null {
    return this.#openFailure;
  }

  get searchFailure(): Failure | null {
    return this.#searchFailure;
  }

  get searching(): boolean {
    return this.#searching;
  }

  get weight(): number {
    return this.#weight;
  }

  get results(): FoundResults {
    return this.#results;
  }

  /** Whether someone looks: hidden results are renewed when they are shown again. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (visible && !this.#restored && vscode.workspace.isTrusted) {
      this.#restored = true;
      this.#restore();
    } else if (visible && this.#stale) {
      this.#refreshSoon();
    }
  }

  /** Searches for these images in place of the ones before. */
  async open(sources: readonly QuerySource[]): Promise<void> {
    this.#restored = true;
    await this.#open(sources.map((source) => ({ source, selectedFaceIds: undefined })));
  }

  /** Searches for what the other session searches for. */
  async copyFrom(other: SimilarSession): Promise<void> {
    this.#weight = other.weight;
    this.#restored = true;
    await this.#open(other.queries);
  }

  close(queryId: string): void {
    this.#setQueries(this.#queries.filter(({ image }) => image.queryId !== queryId));
    this.#search('query');
  }

  selectFaces(queryId: string, faceIds: readonly number[]): void {
    const query = this.#expectQuery(queryId);
    const known = new Set(query.image.faces.map((face) => face.id));
    this.#replace({ ...query, selectedFaceIds: faceIds.filter((face) => known.has(face)) });
    this.#search('query');
  }

  async addFace(queryId: string, box: Box): Promise<void> {
    const query = this.#expectQuery(queryId);
    const image = await this.#library.engine.request('query/addFace', { queryId, box });
    const before = new Set(query.image.faces.map((face) => face.id));
    const added = image.faces.filter((face) => !before.has(face.id)).map((face) => face.id);
    this.#replace({ ...query, image, selectedFaceIds: added });
    this.#search('query');
  }

  async removeFace(queryId: string, faceId: number): Promise<void> {
    const query = this.#expectQuery(queryId);
    const image = await this.#library.engine.request('query/removeFace', { queryId, faceId });
    const selectedFaceIds = query.selectedFaceIds.filter((face) => face !== faceId);
    this.#replace({ ...query, image, selectedFaceIds });
    this.#search('query');
  }

  setWeight(weight: number): void {
    this.#weight = weight;
    this.#remember();
    this.#onDidChange.fire();
    this.#search('weight');
  }

  /** Searches once more, after a failure. */
  retry(): void {
    this.#search('query');
  }

  /** "Not the same character" for the pair of faces that made this result. */
  async reject(imageId: number): Promise<void> {
    const { face, queryFaceId } = this.#expectResult(imageId);
    if (face === null || queryFaceId === null) {
      throw new FamiliarError(
        'argument',
        vscode.l10n.t('Expected a result that a face was found in.'),
        { remedy: vscode.l10n.t('Choose a result with an outlined face.') },
      );
    }
    const { queryId } = this.queryOf(imageId).image;
    await this.#library.engine.request('query/reject', { queryId, queryFaceId, faceId: face.id });
    this.#search('refresh');
  }

  /** The query whose face made this result; the first one where whole images were compared. */
  queryOf(imageId: number): OpenQuery {
    const { queryFaceId } = this.#expectResult(imageId);
    const query =
      this.#queries.find(({ image }) => image.faces.some(({ id }) => id === queryFaceId)) ??
      this.#queries[0];
    if (query === undefined) {
      throw staleResult();
    }
    return query;
  }

  /** The cards from `offset` on; null when the results are no longer these. */
  async page(resultsId: number, offset: number): Promise<readonly SimilarResult[] | null> {
    if (resultsId !== this.#results.resultsId || this.#queries.length === 0) {
      return null;
    }
    const page = await this.#library.engine.request('query/similar', this.#params(offset));
    if (resultsId !== this.#results.resultsId) {
      return null;
    }
    this.#learn(page.results);
    return page.results;
  }

  /** Path of a result's file; `place` 0 is the file itself, n its copy n − 1. */
  pathOf(imageId: number, place: number): string {
    const result = this.#expectResult(imageId);
    const found = place === 0 ? result.path : result.copies[place - 1]?.path;
    if (found === undefined) {
      throw staleResult();
    }
    return found;
  }

  async #open(
    wanted: readonly { source: QuerySource; selectedFaceIds: readonly number[] | undefined }[],
  ): Promise<void> {
    this.#openWork.abort();
    const work = new AbortController();
    this.#openWork = work;
    this.#opening = wanted.map(({ source }) => nameOf(source));
    this.#openFailure = null;
    this.#onDidChange.fire();
    const outcomes = await Promise.allSettled(
      wanted.map(({ source, selectedFaceIds }) =>
        openQuery({ engine: this.#library.engine, source, selectedFaceIds, signal: work.signal }),
      ),
    );
    if (work.signal.aborted) {
      return;
    }
    this.#opening = [];
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    this.#openFailure = failed === undefined ? null : toFailure(failed.reason);
    this.#setQueries(
      outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    );
    this.#search('query');
  }

  /** A new engine process has never heard of our queries: opens them again, faces as before. */
  #reopen(reason: ViewResults['reason']): void {
    this.#openWork.abort();
    const work = new AbortController();
    this.#openWork = work;
    const reopened = this.#queries.map((query) =>
      reopenQuery(this.#library.engine, query, work.signal),
    );
    Promise.all(reopened).then(
      (queries) => {
        if (!work.signal.aborted) {
          this.#setQueries(queries);
          this.#search(reason);
        }
      },
      (error: unknown) => {
        if (!isAbort(error) && !work.signal.aborted) {
          this.#searchFailure = toFailure(error);
          this.#onDidChange.fire();
        }
      },
    );
  }

  #restore(): void {
    const { queries } = this.#memory.read();
    if (queries.length > 0) {
      this.#open(
        queries.map(({ path, selectedFaceIds }) => ({
          source: { kind: 'path', path },
          selectedFaceIds,
        })),
      ).catch((error: unknown) => this.#failSearch(error));
    }
  }

  #search(reason: ViewResults['reason']): void {
    if (reason === 'query') {
      this.#searchWork.abort();
    }
    // What is already wanted may be the stronger reason: a new query is one for the weight too.
    this.#wanted = this.#wanted === 'query' ? 'query' : reason;
    if (!this.#searching) {
      this.#searching = true;
      this.#searchAll().catch((error: unknown) => this.#failSearch(error));
    }
  }

  /** One search at a time, always with the latest wishes: a dragged slider shows what it can. */
  async #searchAll(): Promise<void> {
    for (let reason = this.#take(); reason !== undefined; reason = this.#take()) {
      this.#onDidChange.fire();
      this.#searchWork = new AbortController();
      try {
        await this.#searchOnce(reason, this.#searchWork.signal);
      } catch (error) {
        this.#failSearch(error);
      }
    }
    // In the same turn as the last look for wishes, so that none is missed in between.
    this.#searching = false;
    this.#onDidChange.fire();
  }

  async #searchOnce(reason: ViewResults['reason'], signal: AbortSignal): Promise<void> {
    this.#stale = false;
    const page =
      this.#queries.length === 0
        ? noResults.page
        : await this.#library.engine.request('query/similar', this.#params(0), signal);
    this.#searchFailure = null;
    if (reason !== 'refresh') {
      this.#known.clear();
    }
    this.#learn(page.results);
    this.#results = { resultsId: this.#results.resultsId + 1, reason, page };
    this.#onDidFind.fire();
  }

  #failSearch(error: unknown): void {
    const failure = toFamiliarError(error);
    if (isAbort(error) || failure.code === 'engine-lost') {
      return;
    }
    if (failure.code === 'query-unknown') {
      this.#reopen('query');
      return;
    }
    this.#searchFailure = toFailure(error);
    this.#onDidChange.fire();
  }

  #take(): ViewResults['reason'] | undefined {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    return wanted;
  }

  #params(offset: number) {
    return {
      queries: this.#queries.map(({ image, selectedFaceIds }) => ({
        queryId: image.queryId,
        faceIds: [...selectedFaceIds],
      })),
      weight: this.#weight,
      offset,
      limit: pageSize,
    };
  }

  #refreshSoon(): void {
    this.#stale = true;
    if (this.#visible && this.#queries.length > 0) {
      this.#refreshTimer ??= setTimeout(() => {
        this.#refreshTimer = undefined;
        this.#search('refresh');
      }, refreshPauseMs);
    }
  }

  #learn(results: readonly SimilarResult[]): void {
    for (const result of results) {
      this.#known.set(result.imageId, result);
    }
  }

  #replace(query: OpenQuery): void {
    this.#setQueries(
      this.#queries.map((other) => (other.image.queryId === query.image.queryId ? query : other)),
    );
  }

  #setQueries(queries: readonly OpenQuery[]): void {
    this.#queries = queries;
    this.#remember();
    this.#onDidChange.fire();
  }

  #remember(): void {
    const queries = this.#queries.flatMap(({ image, selectedFaceIds }) =>
      image.path === null ? [] : [{ path: image.path, selectedFaceIds: [...selectedFaceIds] }],
    );
    this.#memory.write({ queries, weight: this.#weight });
  }

  #expectQuery(queryId: string): OpenQuery {
    const query = this.#queries.find(({ image }) => image.queryId === queryId);
    if (query === undefined) {
      throw new FamiliarError('query-unknown', 'Expected an image that is being searched for.', {
        remedy: 'Search for the image again.',
      });
    }
    return query;
  }

  #expectResult(imageId: number): SimilarResult {
    const result = this.#known.get(imageId);
    if (result === undefined) {
      throw staleResult();
    }
    return result;
  }
}

function staleResult(): FamiliarError {
  return new FamiliarError('query-unknown', 'Expected a result that is still shown.', {
    remedy: 'Search again: the library has changed since.',
  });
}
