import * as vscode from 'vscode';
import { FamiliarError, isAbort, isEngineGone, toFamiliarError } from '../../common/failure.ts';
import type {
  Character,
  CharacterFace,
  CharacterList,
  NameProposal,
} from '../../protocol/characterProtocol.ts';
import type { EngineMethod, EngineParams, EngineResult } from '../../protocol/engineProtocol.ts';
import type { Failure } from '../../protocol/failureSchema.ts';
import { pageSize } from '../../protocol/viewProtocol.ts';
import { Disposer } from '../disposer.ts';
import { toShownFailure } from '../library/failures.ts';
import type { Library } from '../library/library.ts';
import { SearchLoop } from '../search/searchLoop.ts';

/** What is open in the view. */
export type WantedPage =
  | { readonly kind: 'all' | 'singles' | 'proposals' }
  | { readonly kind: 'character'; readonly id: number };

/** What was read for it. */
export type ReadPage =
  | { readonly kind: 'all' | 'singles' }
  | { readonly kind: 'proposals'; readonly proposals: readonly NameProposal[] }
  | {
      readonly kind: 'character';
      readonly character: Character;
      readonly suggestions: readonly CharacterFace[];
    };

export type Listed =
  | { readonly kind: 'character'; readonly character: Character }
  | { readonly kind: 'face'; readonly face: CharacterFace };

export interface ReadList {
  readonly resultsId: number;
  readonly reason: 'query' | 'refresh';
  readonly total: number;
  /** The first page of it. */
  readonly items: readonly Listed[];
}

/** While the library changes all the time, an open list is renewed no more often than this. */
const refreshPauseMs = 400;
const suggestionsWanted = 60;
/** Faces that stand for a character in a search. */
const exemplars = 6;

export const nothingListed: CharacterList = {
  characters: [],
  total: 0,
  singles: 0,
  hidden: 0,
  named: 0,
  proposals: 0,
  grouping: false,
  undo: null,
  epoch: 0,
};

/** What one Characters view shows. It lives in the host: a webview can vanish and come back. */
export class CharactersSession extends Disposer {
  readonly id: string;
  readonly #library: Library;
  readonly #onDidChange = this.own(new vscode.EventEmitter<void>());
  readonly #onDidList = this.own(new vscode.EventEmitter<void>());
  readonly #loop: SearchLoop;
  readonly #faces = new Map<number, CharacterFace>();
  #wanted: WantedPage = { kind: 'all' };
  #page: ReadPage = { kind: 'all' };
  #list: ReadList = { resultsId: 0, reason: 'query', total: 0, items: [] };
  #overview = nothingListed;
  #filter = '';
  #hidden = false;
  #failure: Failure | null = null;
  #visible = false;
  #isRead = false;
  #timer: NodeJS.Timeout | undefined;

  /** The page, the counts or what can be undone changed. */
  readonly onDidChange = this.#onDidChange.event;
  /** There is another list. */
  readonly onDidList = this.#onDidList.event;

  constructor(id: string, library: Library) {
    super();
    this.id = id;
    this.#library = library;
    this.#loop = new SearchLoop({
      search: (reason, signal) => this.#read(reason === 'refresh' ? 'refresh' : 'query', signal),
      onDidChange: () => this.#onDidChange.fire(),
      onFailure: (error) => this.#fail(error),
    });
    this.own(library.onDidChangeImages(() => this.#refreshSoon()));
    this.own({
      dispose: () => {
        clearTimeout(this.#timer);
        this.#loop.abort();
      },
    });
  }

  get page(): ReadPage {
    return this.#page;
  }

  get list(): ReadList {
    return this.#list;
  }

  get overview(): CharacterList {
    return this.#overview;
  }

  get filter(): string {
    return this.#filter;
  }

  get hidden(): boolean {
    return this.#hidden;
  }

  get failure(): Failure | null {
    return this.#failure;
  }

  /** Whether someone looks: a hidden list is renewed when it is shown again. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (visible && !this.#isRead) {
      this.#refreshSoon();
    }
  }

  setFilter(filter: string, hidden: boolean): void {
    this.#filter = filter;
    this.#hidden = hidden;
    this.#loop.want('query');
  }

  open(page: WantedPage): void {
    this.#wanted = page;
    this.#loop.want('query');
  }

  /** The items from `offset` on; null when the list is no longer this one. */
  async items(resultsId: number, offset: number): Promise<readonly Listed[] | null> {
    if (resultsId !== this.#list.resultsId) {
      return null;
    }
    const { items } = await this.#readItems(this.#wanted, offset);
    return resultsId === this.#list.resultsId ? items : null;
  }

  /** Asks the engine for something that changes characters, and shows what came of it. */
  async change<M extends EngineMethod>(
    method: M,
    params: EngineParams<M>,
  ): Promise<EngineResult<M>> {
    const result = await this.#library.engine.request(method, params);
    this.#loop.want('refresh');
    return result;
  }

  /** After a merge or a first name a character may have another id: its page stays open. */
  follow(from: number, to: number): void {
    if (this.#wanted.kind === 'character' && this.#wanted.id === from) {
      this.#wanted = { kind: 'character', id: to };
    }
  }

  /** @throws FamiliarError `query-unknown` where the face is no longer shown. */
  face(faceId: number): CharacterFace {
    const face = this.#faces.get(faceId);
    if (face === undefined) {
      throw new FamiliarError('query-unknown', 'Expected a face that is still shown.', {
        remedy: 'Look at the character again: the library has changed.',
      });
    }
    return face;
  }

  /** Faces that a search for the character starts from: confirmed ones first, each of another picture. */
  async exemplars(id: number): Promise<CharacterFace[]> {
    const params = { id, offset: 0, limit: pageSize };
    const { faces } = await this.#library.engine.request('characters/faces', params);
    const byImage = new Map(faces.toReversed().map((face) => [face.imageId, face]));
    return [...byImage.values()].toReversed().slice(0, exemplars);
  }

  async #read(reason: ReadList['reason'], signal: AbortSignal): Promise<void> {
    const { engine } = this.#library;
    const wanted = this.#wanted;
    this.#isRead = true;
    const page = await this.#readPage(wanted, signal);
    const { items, total, overview } = await this.#readItems(page, 0, signal);
    this.#overview =
      overview ?? (await engine.request('characters/list', this.#query(0, 1), signal));
    signal.throwIfAborted();
    if (page.kind === 'all' && wanted.kind === 'character') {
      // It is gone: merged elsewhere, or undone.
      this.#wanted = { kind: 'all' };
    }
    const kind = page.kind === this.#page.kind ? reason : 'query';
    this.#page = page;
    this.#failure = null;
    this.#list = { resultsId: this.#list.resultsId + 1, reason: kind, total, items };
    this.#onDidChange.fire();
    this.#onDidList.fire();
  }

  async #readPage(wanted: WantedPage, signal: AbortSignal): Promise<ReadPage> {
    const { engine } = this.#library;
    switch (wanted.kind) {
      case 'character': {
        const { id } = wanted;
        const character = await engine.request('characters/get', { id }, signal);
        if (character === null) {
          return { kind: 'all' };
        }
        const params = { id, limit: suggestionsWanted };
        const suggestions = await engine.request('characters/suggestions', params, signal);
        this.#learn(suggestions);
        return { kind: 'character', character, suggestions };
      }
      case 'proposals': {
        const proposals = await engine.request('characters/proposals', null, signal);
        return { kind: 'proposals', proposals };
      }
      default:
        return { kind: wanted.kind };
    }
  }

  async #readItems(
    page: WantedPage | ReadPage,
    offset: number,
    signal?: AbortSignal,
  ): Promise<{ items: Listed[]; total: number; overview?: CharacterList }> {
    const { engine } = this.#library;
    if (page.kind === 'proposals') {
      return { items: [], total: 0 };
    }
    if (page.kind === 'all') {
      const overview = await engine.request(
        'characters/list',
        this.#query(offset, pageSize),
        signal,
      );
      const items = overview.characters.map(
        (character) => ({ kind: 'character', character }) as const,
      );
      return { items, total: overview.total, overview };
    }
    const id = page.kind === 'character' ? idOf(page) : null;
    const params = { id, offset, limit: pageSize };
    const { faces, total } = await engine.request('characters/faces', params, signal);
    this.#learn(faces);
    return { items: faces.map((face) => ({ kind: 'face', face }) as const), total };
  }

  #query(offset: number, limit: number): EngineParams<'characters/list'> {
    return { filter: this.#filter, hidden: this.#hidden, offset, limit };
  }

  #learn(faces: readonly CharacterFace[]): void {
    for (const face of faces) {
      this.#faces.set(face.faceId, face);
    }
  }

  #fail(error: unknown): void {
    // A new engine is asked again when it is there.
    if (isAbort(error) || isEngineGone(toFamiliarError(error))) {
      this.#isRead = false;
      return;
    }
    this.#failure = toShownFailure(error);
    this.#onDidChange.fire();
  }

  #refreshSoon(): void {
    this.#isRead = false;
    if (this.#visible && vscode.workspace.isTrusted && this.#library.state !== 'none') {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#loop.want('refresh');
      }, refreshPauseMs);
    }
  }
}

function idOf(page: Extract<WantedPage | ReadPage, { kind: 'character' }>): number {
  return 'id' in page ? page.id : page.character.id;
}
