import * as vscode from 'vscode';
import { FamiliarError, isAbort, isEngineGone, toFamiliarError } from '../../common/failure.ts';
import type { Box } from '../../common/geometry.ts';
import type { QuerySource, SimilarResult } from '../../protocol/engineProtocol.ts';
import type { Failure } from '../../protocol/failureSchema.ts';
import { pageSize } from '../../protocol/viewProtocol.ts';
import type { DecisionHistory } from '../decisions/decisionHistory.ts';
import { Disposer } from '../disposer.ts';
import { toShownFailure } from '../library/failures.ts';
import type { Library } from '../library/library.ts';
import {
  type Found,
  FoundResults,
  nothingFound,
  type SearchReason,
  staleResult,
} from './foundResults.ts';
import { OpenQueries, type WantedQuery } from './openQueries.ts';
import type { OpenQuery } from './openQuery.ts';
import { SearchLoop } from './searchLoop.ts';
import type { SavedSession, SessionMemory } from './sessionMemory.ts';

export interface SimilarSessionOptions {
  readonly id: string;
  readonly library: Library;
  readonly history: DecisionHistory;
  readonly memory: SessionMemory;
}

/** While the library changes all the time, open results are renewed no more often than this. */
const refreshPauseMs = 400;

/**
 * What one view searches for and what was found. It lives in the host, so a webview can
 * vanish and come back at any time, and an engine can die: the images are opened again.
 */
export class SimilarSession extends Disposer {
  readonly id: string;
  readonly #library: Library;
  readonly #history: DecisionHistory;
  readonly #memory: SessionMemory;
  readonly #onDidChange = this.own(new vscode.EventEmitter<void>());
  readonly #onDidFind = this.own(new vscode.EventEmitter<void>());
  readonly #queries: OpenQueries;
  readonly #loop: SearchLoop;
  readonly #results = new FoundResults();
  #searchFailure: Failure | null = null;
  #weight: number;
  #visible = false;
  #stale = false;
  #restored = false;
  #refreshTimer: NodeJS.Timeout | undefined;

  readonly onDidChange = this.#onDidChange.event;
  readonly onDidFind = this.#onDidFind.event;

  constructor({ id, library, history, memory }: SimilarSessionOptions) {
    super();
    this.id = id;
    this.#library = library;
    this.#history = history;
    this.#memory = memory;
    this.#weight = memory.read().weight;
    this.#queries = new OpenQueries({
      engine: library.engine,
      onDidChange: () => this.#onDidChange.fire(),
      onDidReplace: () => this.#remember(),
    });
    this.#loop = new SearchLoop({
      search: (reason, signal) => this.#search(reason, signal),
      onDidChange: () => this.#onDidChange.fire(),
      onFailure: (error) => this.#fail(error),
    });
    this.own(library.onDidChangeImages(() => this.#refreshSoon()));
    this.own(
      library.engine.onDidChangeState((state) => {
        if (state === 'ready') {
          this.#reopen('refresh');
        }
      }),
    );
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.setVisible(this.#visible)));
    this.own({
      dispose: () => {
        clearTimeout(this.#refreshTimer);
        this.#memory.flush();
        this.#queries.abort();
        this.#loop.abort();
      },
    });
  }

  get queries(): readonly OpenQuery[] {
    return this.#queries.all;
  }

  /** Names of images that are being opened. */
  get opening(): readonly string[] {
    return this.#queries.opening;
  }

  get openFailure(): Failure | null {
    return this.#queries.failure;
  }

  get searchFailure(): Failure | null {
    return this.#searchFailure;
  }

  get searching(): boolean {
    return this.#loop.searching;
  }

  get weight(): number {
    return this.#weight;
  }

  get results(): Found {
    return this.#results.found;
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

  /** Searches for chosen faces of images in place of the ones before. */
  async openFaces(wanted: readonly WantedQuery[]): Promise<void> {
    this.#restored = true;
    await this.#open(wanted);
  }

  /** Searches for the picture of a result, by the face that matched. */
  async openResult(imageId: number, place: number): Promise<void> {
    const { face } = this.#results.expect(imageId);
    const path = this.pathOf(imageId, place);
    this.#restored = true;
    await this.#open([
      { source: { kind: 'path', path }, selectedFaceIds: undefined, selectedBox: face?.box },
    ]);
  }

  /** Searches for what the other session searches for: its pictures, also those without a file, and faces. */
  copyFrom(other: SimilarSession): void {
    this.#weight = other.weight;
    this.#restored = true;
    this.#queries.adopt(other.queries);
    this.#loop.want('query');
  }

  close(queryId: string): void {
    this.#queries.close(queryId);
    this.#loop.want('query');
  }

  selectFaces(queryId: string, faceIds: readonly number[]): void {
    const query = this.#queries.expect(queryId);
    const known = new Set(query.image.faces.map((face) => face.id));
    this.#searchBy({ ...query, selectedFaceIds: faceIds.filter((face) => known.has(face)) });
  }

  async addFace(queryId: string, box: Box): Promise<void> {
    const query = this.#queries.expect(queryId);
    const { image, decisionId } = await this.#library.engine.request('query/addFace', {
      queryId,
      box,
    });
    const before = new Set(query.image.faces.map((face) => face.id));
    const added = image.faces.filter((face) => !before.has(face.id)).map((face) => face.id);
    this.#searchBy({ ...query, image, selectedFaceIds: added });
    this.#decided(decisionId, vscode.l10n.t('The face was added.'));
  }

  async removeFace(queryId: string, faceId: number): Promise<void> {
    const query = this.#queries.expect(queryId);
    const { image, decisionId } = await this.#library.engine.request('query/removeFace', {
      queryId,
      faceId,
    });
    const selectedFaceIds = query.selectedFaceIds.filter((face) => face !== faceId);
    this.#searchBy({ ...query, image, selectedFaceIds });
    this.#decided(decisionId, vscode.l10n.t('The face was removed.'));
  }

  /** The view that moved its slider knows the weight: nothing but new results is sent to it. */
  setWeight(weight: number): void {
    this.#weight = weight;
    this.#memory.writeAtRest(this.#toSave());
    this.#loop.want('weight');
  }

  /** Searches once more, after a failure. */
  retry(): void {
    this.#loop.want('query');
  }

  /** "Not the same character" for the pair of faces that made this result. */
  async reject(imageId: number): Promise<void> {
    const { face, queryFaceId } = this.#results.expect(imageId);
    if (face === null || queryFaceId === null) {
      throw new FamiliarError(
        'argument',
        vscode.l10n.t('Expected a result that a face was found in.'),
        { remedy: vscode.l10n.t('Choose a result with an outlined face.') },
      );
    }
    const { queryId } = this.queryOf(imageId).image;
    const { decisionId } = await this.#library.engine.request('query/reject', {
      queryId,
      queryFaceId,
      faceId: face.id,
    });
    this.#loop.want('refresh');
    this.#decided(decisionId, vscode.l10n.t('Noted: not the same character.'));
  }

  /** The query whose face made this result; the first one where whole images were compared. */
  queryOf(imageId: number): OpenQuery {
    const { queryFaceId } = this.#results.expect(imageId);
    const query = this.#queries.withFace(queryFaceId) ?? this.queries[0];
    if (query === undefined) {
      throw staleResult();
    }
    return query;
  }

  /** The cards from `offset` on; null when the results are no longer these. */
  async page(resultsId: number, offset: number): Promise<readonly SimilarResult[] | null> {
    if (resultsId !== this.results.resultsId || this.queries.length === 0) {
      return null;
    }
    const page = await this.#library.engine.request('query/similar', this.#params(offset));
    if (resultsId !== this.results.resultsId) {
      return null;
    }
    this.#results.learn(page.results);
    return page.results;
  }

  /** Path of a result's file; `place` 0 is the file itself, n its copy n − 1. */
  pathOf(imageId: number, place: number): string {
    return this.#results.pathOf(imageId, place);
  }

  async #open(wanted: readonly WantedQuery[]): Promise<void> {
    if (await this.#queries.open(wanted)) {
      this.#loop.want('query');
    }
  }

  /** A new engine process has never heard of our queries. */
  #reopen(reason: SearchReason): void {
    this.#queries.reopen().then(
      (opened) => {
        if (opened) {
          this.#loop.want(reason);
        }
      },
      (error: unknown) => {
        if (!isAbort(error)) {
          this.#searchFailure = toShownFailure(error);
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
      ).catch((error: unknown) => this.#fail(error));
    }
  }

  #decided(decisionId: string | null, what: string): void {
    if (decisionId !== null) {
      this.#history.made(decisionId, what);
    }
  }

  #searchBy(query: OpenQuery): void {
    this.#queries.replace(query);
    this.#loop.want('query');
  }

  async #search(reason: SearchReason, signal: AbortSignal): Promise<void> {
    this.#stale = false;
    const page =
      this.queries.length === 0
        ? nothingFound
        : await this.#library.engine.request('query/similar', this.#params(0), signal);
    this.#succeed();
    this.#queries.follow(page.moved);
    this.#results.replace(reason, page);
    this.#onDidFind.fire();
  }

  #succeed(): void {
    if (this.#searchFailure !== null) {
      this.#searchFailure = null;
      this.#onDidChange.fire();
    }
  }

  #fail(error: unknown): void {
    const { code } = toFamiliarError(error);
    if (isAbort(error) || isEngineGone({ code })) {
      return;
    }
    if (code === 'query-unknown') {
      this.#reopen('query');
      return;
    }
    this.#searchFailure = toShownFailure(error);
    this.#onDidChange.fire();
  }

  #params(offset: number) {
    return {
      queries: this.queries.map(({ image, selectedFaceIds }) => ({
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
    if (this.#visible && this.queries.length > 0) {
      this.#refreshTimer ??= setTimeout(() => {
        this.#refreshTimer = undefined;
        this.#refresh().catch((error: unknown) => this.#fail(error));
      }, refreshPauseMs);
    }
  }

  /** Shows the faces that the library has now, and searches by those that are still there. */
  async #refresh(): Promise<void> {
    const isOther = await this.#queries.refresh();
    this.#loop.want(isOther ? 'query' : 'refresh');
  }

  #remember(): void {
    void this.#memory.write(this.#toSave());
  }

  #toSave(): SavedSession {
    return { queries: this.#queries.files(), weight: this.#weight };
  }
}
