import { type FamiliarError, isAbort, toFamiliarError } from '../../src/common/failure.ts';
import type { Box } from '../../src/common/geometry.ts';
import type {
  Card,
  Placement,
  ViewMethod,
  ViewParams,
  ViewQuery,
  ViewResults,
  ViewSource,
  ViewState,
  viewProtocol,
} from '../../src/protocol/viewProtocol.ts';
import type { HostConnection } from '../connection.ts';
import { remedyOf } from '../strings.ts';
import { ResultPages } from './resultPages.ts';
import { WeightSender } from './weightSender.ts';

type SearchConnection = HostConnection<typeof viewProtocol>;

/** What the page itself has to say, beside the host's state. */
export type Notice =
  | { readonly kind: 'failure'; readonly message: string; readonly remedy: string }
  | { readonly kind: 'hint'; readonly message: string };

/** The session as the host opened it; known after `start`. */
export interface Session {
  readonly sessionId: string;
  readonly placement: Placement;
  readonly l10n: Readonly<Record<string, string>> | null;
}

/**
 * The page's copy of the host's state, and the requests that change it. Choices are drawn at
 * once and confirmed by the host's next state, which always wins.
 */
export class SearchModel extends EventTarget {
  readonly #host: SearchConnection;
  readonly #weight: WeightSender;
  session: Session | null = null;
  state: ViewState | null = null;
  results: ViewResults | null = null;
  pages: ResultPages<Card> | null = null;
  notice: Notice | null = null;
  /** Why `start` failed; null while it works. */
  startFailure: FamiliarError | null = null;

  constructor(host: SearchConnection) {
    super();
    this.#host = host;
    this.#weight = new WeightSender(
      (weight) => this.#sendWeight(weight),
      (callback) => requestAnimationFrame(callback),
    );
    host.on('state', (state) => this.#takeState(state));
    host.on('results', (results) => this.#takeResults(results));
    host.on('readClipboard', () => this.dispatchEvent(new Event('readclipboard')));
  }

  /** Tells the host that the page is there and takes over what it answers. */
  async start(): Promise<void> {
    try {
      const { state, results, ...session } = await this.#host.request('ready', null);
      this.startFailure = null;
      this.session = session;
      this.#takeResults(results);
      this.#takeState(state);
    } catch (error) {
      this.startFailure = toFamiliarError(error);
      this.#changed();
    }
  }

  /** w as the person sees it: what was just chosen, before the host has heard of it. */
  get weight(): number {
    return this.#weight.pending ?? this.state?.weight ?? 1;
  }

  setWeight(weight: number): void {
    this.#weight.send(weight);
    this.#changed();
  }

  selectFaces(queryId: string, faceIds: readonly number[]): void {
    this.#patchQuery(queryId, (query) => ({ ...query, selectedFaceIds: [...faceIds] }));
    void this.#ask('faces/select', { queryId, faceIds: [...faceIds] });
  }

  addFace(queryId: string, box: Box): void {
    void this.#ask('faces/add', { queryId, box });
  }

  removeFace(queryId: string, faceId: number): void {
    void this.#ask('faces/remove', { queryId, faceId });
  }

  open(sources: readonly ViewSource[]): void {
    if (sources.length > 0) {
      void this.#ask('query/open', { sources: sources.slice(0, 16) });
    }
  }

  closeQuery(queryId: string): void {
    void this.#ask('query/close', { queryId });
  }

  openResult(imageId: number, options: { place?: number; beside: boolean }): void {
    const { place = 0, beside } = options;
    void this.#ask('result/open', { imageId, place, beside });
  }

  /** Sends a request that has no parameters. */
  tell(method: PlainMethod): void {
    void this.#ask(method, null);
  }

  show(notice: Notice | null): void {
    this.notice = notice;
    this.#changed();
  }

  /** Tells the person what went wrong; a cancelled request is nothing to tell. */
  fail(error: unknown): void {
    if (!isAbort(error)) {
      const failure = toFamiliarError(error);
      this.show({ kind: 'failure', message: failure.message, remedy: remedyOf(failure) });
    }
  }

  #takeState(state: ViewState): void {
    this.#weight.confirm(state.weight);
    this.state = state;
    this.#changed();
  }

  #takeResults(results: ViewResults): void {
    if (results.reason === 'query' && results.resultsId !== this.results?.resultsId) {
      // What was said of an earlier attempt is not about this search.
      this.notice = null;
    }
    this.results = results;
    if (this.pages === null) {
      this.pages = new ResultPages(
        results,
        (resultsId, offset) => this.#fetchPage(resultsId, offset),
        () => this.#changed(),
      );
    } else {
      this.pages.replace(results);
    }
    this.#changed();
  }

  async #fetchPage(resultsId: number, offset: number): Promise<Card[] | null> {
    try {
      return await this.#host.request('results/page', { resultsId, offset });
    } catch (error) {
      this.fail(error);
      return null;
    }
  }

  /** The host answers with results alone: it does not say again what it was told. */
  async #sendWeight(weight: number): Promise<void> {
    if ((await this.#ask('weight', { weight })) && this.state !== null) {
      this.state = { ...this.state, weight };
    }
  }

  /** @returns whether the host did it; otherwise the person is told why not. */
  async #ask<M extends ViewMethod>(method: M, params: ViewParams<M>): Promise<boolean> {
    try {
      await this.#host.request(method, params);
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  #patchQuery(queryId: string, patch: (query: ViewQuery) => ViewQuery): void {
    if (this.state !== null) {
      const queries = this.state.queries.map((query) =>
        query.queryId === queryId ? patch(query) : query,
      );
      this.state = { ...this.state, queries };
      this.#changed();
    }
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}

type PlainMethod = {
  [M in ViewMethod]: ViewParams<M> extends null ? M : never;
}[Exclude<ViewMethod, 'ready'>];
