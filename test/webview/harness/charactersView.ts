import type { Browser, Page } from 'playwright-core';
import {
  type CharacterCards,
  type CharactersState,
  type CharactersViewMethod,
  type CharactersViewNotification,
  type CharactersViewNotificationParams,
  type CharactersViewParams,
  type CharactersViewResult,
  charactersViewNotifications,
  charactersViewRequests,
  type ListCard,
} from '../../../src/protocol/charactersViewProtocol.ts';
import { type Placement, pageSize } from '../../../src/protocol/viewProtocol.ts';
import { pictureOf } from './library.ts';
import { setUpPage } from './pageSetup.ts';
import { idleState } from './states.ts';
import { readTheme, type ThemeName } from './view.ts';

export interface CharactersViewOptions {
  readonly origin: string;
  readonly state: CharactersState;
  readonly cards: readonly ListCard[];
  readonly placement?: Placement;
  readonly width?: number;
  readonly height?: number;
  readonly rtl?: boolean;
  readonly theme?: ThemeName;
}

type Answers = {
  [M in CharactersViewMethod]?: (
    params: CharactersViewParams<M>,
  ) => CharactersViewResult<M> | Promise<CharactersViewResult<M>>;
};

/** The Characters page in a real browser, with the host's end of the protocol played by the test. */
export class CharactersView implements AsyncDisposable {
  readonly page: Page;
  readonly received: { readonly method: CharactersViewMethod; readonly params: unknown }[] = [];
  readonly complaints: string[] = [];
  readonly answers: Answers = {};
  readonly #options: CharactersViewOptions;
  readonly #look: { theme: ThemeName; rtl: boolean; placement: Placement };
  #cards: readonly ListCard[];
  #resultsId = 1;

  private constructor(page: Page, options: CharactersViewOptions) {
    this.page = page;
    this.#options = options;
    this.#cards = options.cards;
    const { theme = 'dark', rtl = false, placement = 'sidebar' } = options;
    this.#look = { theme, rtl, placement };
  }

  static async open(browser: Browser, options: CharactersViewOptions): Promise<CharactersView> {
    const { width = 320, height = 860 } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      reducedMotion: 'reduce',
    });
    const view = new CharactersView(await context.newPage(), options);
    await view.#connect();
    await view.page.goto(`${options.origin}/characters?en`);
    return view;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }

  paramsOf<M extends CharactersViewMethod>(method: M): CharactersViewParams<M>[] {
    return this.received
      .filter((request) => request.method === method)
      .map(({ params }) => params as CharactersViewParams<M>);
  }

  async notify<N extends CharactersViewNotification>(
    method: N,
    params: CharactersViewNotificationParams<N>,
  ): Promise<void> {
    await this.#post({ method, params: charactersViewNotifications[method].parse(params) });
  }

  /** Shows another list, as the host does after a page was opened or something was decided. */
  async showList(
    cards: readonly ListCard[],
    state: CharactersState,
    reason: CharacterCards['reason'] = 'query',
  ): Promise<void> {
    this.#cards = cards;
    this.#resultsId++;
    await this.notify('state', state);
    await this.notify('list', this.#list(reason));
  }

  /** Changes how the page looks, as a change of VS Code's theme does. */
  async wear(change: { theme?: ThemeName; rtl?: boolean; placement?: Placement }): Promise<void> {
    Object.assign(this.#look, change);
    await this.page.evaluate(
      (given) => {
        const wear = Reflect.get(globalThis, 'wear') as (worn: unknown) => void;
        wear(given);
      },
      { ...this.#look, theme: readTheme(this.#look.theme) },
    );
  }

  #list(reason: CharacterCards['reason']): CharacterCards {
    const cards = this.#cards.slice(0, pageSize);
    return { resultsId: this.#resultsId, reason, total: this.#cards.length, cards: [...cards] };
  }

  async #connect(): Promise<void> {
    const { page } = this;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.complaints.push(message.text());
      }
    });
    page.on('pageerror', (error) => this.complaints.push(`uncaught ${String(error)}`));
    await page.exposeFunction(
      'postToHost',
      (message: { id: string; method: string; params?: unknown }) => this.#receive(message),
    );
    await page.addInitScript(setUpPage, {
      saved: null,
      dress: { ...this.#look, theme: readTheme(this.#look.theme) },
    });
  }

  async #receive({ id, method, params }: { id: string; method: string; params?: unknown }) {
    if (!Object.hasOwn(charactersViewRequests, method)) {
      this.complaints.push(`unknown method ${method}`);
      return;
    }
    const known = method as CharactersViewMethod;
    const checked = charactersViewRequests[known].params.safeParse(params);
    if (!checked.success) {
      this.complaints.push(`${method}: ${checked.error.message}`);
      return;
    }
    this.received.push({ method: known, params: checked.data });
    const answer = this.answers[known] as ((given: unknown) => unknown) | undefined;
    const result =
      answer === undefined ? this.#usual(known, checked.data) : await answer(checked.data);
    await this.#post({ id, result });
  }

  #usual(method: CharactersViewMethod, params: unknown): unknown {
    const { placement = 'sidebar', state } = this.#options;
    switch (method) {
      case 'ready':
        return {
          sessionId: 'characters',
          placement,
          l10n: null,
          state,
          list: this.#list('query'),
        };
      case 'list/page': {
        const { offset } = params as CharactersViewParams<'list/page'>;
        return this.#cards.slice(offset, offset + pageSize);
      }
      case 'names':
        return this.#cards.flatMap((card) =>
          card.kind === 'character' && card.name !== null ? [{ id: card.id, name: card.name }] : [],
        );
      case 'name':
        return { existing: null };
      case 'merge':
      case 'split':
      case 'judge':
      case 'cover':
      case 'nameFaces':
        return { id: 1 };
      default:
        return null;
    }
  }

  async #post(message: object): Promise<void> {
    await this.page.evaluate((data) => window.postMessage(data, '*'), {
      receiver: { type: 'webview', webviewId: 'harness' },
      sender: { type: 'extension' },
      ...message,
    });
  }
}

const firstNames = [
  'Alice',
  'Bob',
  'Cara',
  'Dmitri',
  'Élodie',
  'さくら',
  'A rather long name of one',
];

function headOf(imageId: number, origin: string) {
  const { width, height, faces } = pictureOf(imageId);
  return {
    thumbnail: `${origin}/image/${imageId}.svg`,
    width,
    height,
    box: faces[0] ?? { x: 0, y: 0, width: 10, height: 10 },
  };
}

/** The character at a place of the list: the first few have names. */
export function sampleCharacter(index: number, origin: string): ListCard & { kind: 'character' } {
  return {
    kind: 'character',
    id: index + 1,
    name: firstNames[index] ?? null,
    aliases: index === 1 ? ['Robert'] : [],
    hidden: false,
    faces: Math.max(2, 240 - index * 3),
    confirmed: index < firstNames.length ? 4 : 0,
    head: headOf(index, origin),
  };
}

export function sampleFace(index: number, origin: string): ListCard & { kind: 'face' } {
  return {
    kind: 'face',
    id: 10_000 + index,
    name: `alice_${index + 1}.png`,
    folder: `art/chapter ${1 + (index % 3)}`,
    confirmed: index < 4,
    head: headOf(index * 24, origin),
  };
}

export function charactersState(given: Partial<CharactersState> = {}): CharactersState {
  const { engine, engineFailure, waiting, progress, library } = idleState;
  return {
    engine,
    engineFailure,
    waiting,
    progress,
    library,
    page: { kind: 'all' },
    filter: '',
    hidden: false,
    counts: { characters: 60, named: 7, singles: 31, hidden: 2, proposals: 24 },
    grouping: false,
    undo: { kind: 'name', subject: 'Alice' },
    failure: null,
    ...given,
  };
}
