import { type FamiliarError, isAbort, toFamiliarError } from '../../src/common/failure.ts';
import type {
  CharacterCards,
  CharactersState,
  CharactersViewMethod,
  CharactersViewParams,
  CharactersViewResult,
  charactersViewProtocol,
  ListCard,
} from '../../src/protocol/charactersViewProtocol.ts';
import type { Placement } from '../../src/protocol/viewProtocol.ts';
import type { HostConnection } from '../connection.ts';
import { remedyOf } from '../strings.ts';
import { ResultPages } from './resultPages.ts';
import type { Notice } from './searchModel.ts';

export interface CharactersSession {
  readonly sessionId: string;
  readonly placement: Placement;
  readonly l10n: Readonly<Record<string, string>> | null;
}

/** A name that another character has, and for whom it was wanted. */
export interface NameClash {
  readonly id: number;
  readonly existing: { readonly id: number; readonly name: string };
}

/**
 * The Characters page's copy of the host's state, the selection, and the requests that change
 * things. What they change arrives as the host's next state.
 */
export class CharactersModel extends EventTarget {
  readonly #host: HostConnection<typeof charactersViewProtocol>;
  session: CharactersSession | null = null;
  state: CharactersState | null = null;
  list: CharacterCards | null = null;
  pages: ResultPages<ListCard> | null = null;
  notice: Notice | null = null;
  /** Why `start` failed; null while it works. */
  startFailure: FamiliarError | null = null;
  /** Ids of the selected cards of the list. */
  selected: ReadonlySet<number> = new Set();
  clash: NameClash | null = null;
  names: readonly string[] = [];

  constructor(host: HostConnection<typeof charactersViewProtocol>) {
    super();
    this.#host = host;
    host.on('state', (state) => this.#takeState(state));
    host.on('list', (list) => this.#takeList(list));
  }

  /** Tells the host that the page is there and takes over what it answers. */
  async start(): Promise<void> {
    try {
      const { state, list, ...session } = await this.#host.request('ready', null);
      this.startFailure = null;
      this.session = session;
      this.#takeList(list);
      this.#takeState(state);
    } catch (error) {
      this.startFailure = toFamiliarError(error);
      this.#changed();
    }
  }

  select(ids: Iterable<number>): void {
    this.selected = new Set(ids);
    this.#changed();
  }

  setFilter(filter: string): void {
    void this.ask('filter', { filter, hidden: this.state?.hidden ?? false });
  }

  setHidden(hidden: boolean): void {
    void this.ask('filter', { filter: this.state?.filter ?? '', hidden });
  }

  open(page: CharactersViewParams<'page/open'>): void {
    this.clash = null;
    void this.ask('page/open', page);
  }

  /** Reads the names that can be completed. */
  async readNames(): Promise<void> {
    const names = await this.ask('names', null);
    this.names = names?.map(({ name }) => name) ?? [];
    this.#changed();
  }

  /** Names a character; where the name is taken, `clash` asks whether the two are the same. */
  async name(id: number, name: string): Promise<void> {
    const answer = await this.ask('name', { id, name });
    this.clash = answer?.existing == null ? null : { id, existing: answer.existing };
    this.#changed();
  }

  /** Merges the two that were to have one name, or leaves them as they are. */
  settleClash(same: boolean): void {
    const { clash } = this;
    this.clash = null;
    if (same && clash !== null) {
      void this.ask('merge', { ids: [clash.existing.id, clash.id] });
    }
    this.#changed();
  }

  /** Sends a request that has no parameters. */
  tell(method: PlainMethod): void {
    void this.ask(method, null);
  }

  /** Asks the host; a failure is shown, and answers null. */
  async ask<M extends CharactersViewMethod>(
    method: M,
    params: CharactersViewParams<M>,
  ): Promise<CharactersViewResult<M> | null> {
    try {
      return (await this.#host.request(method, params)) as CharactersViewResult<M>;
    } catch (error) {
      this.fail(error);
      return null;
    }
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

  #takeState(state: CharactersState): void {
    this.state = state;
    this.#changed();
  }

  #takeList(list: CharacterCards): void {
    this.list = list;
    if (list.reason === 'query') {
      this.selected = new Set();
    }
    if (this.pages === null) {
      this.pages = new ResultPages<ListCard>(
        list,
        (resultsId, offset) => this.ask('list/page', { resultsId, offset }),
        () => this.#changed(),
      );
    } else {
      this.pages.replace(list);
    }
    this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}

type PlainMethod = {
  [M in CharactersViewMethod]: CharactersViewParams<M> extends null ? M : never;
}[Exclude<CharactersViewMethod, 'ready'>];
