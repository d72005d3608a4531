import { readFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import {
  type Placement,
  type ViewMethod,
  type ViewNotification,
  type ViewNotificationParams,
  type ViewParams,
  type ViewResult,
  type ViewResults,
  type ViewState,
  viewNotifications,
  viewRequests,
} from '../../../src/protocol/viewProtocol.ts';
import { type Dress, setUpPage, type Theme } from './pageSetup.ts';

export const themes = ['dark', 'light', 'highContrast', 'highContrastLight'] as const;
export type ThemeName = (typeof themes)[number];

export interface ViewOptions {
  readonly origin: string;
  readonly state: ViewState;
  readonly results: ViewResults;
  readonly placement?: Placement;
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly context?: BrowserContextOptions;
  /** What an earlier page of the same session left with `setState`. */
  readonly saved?: unknown;
  readonly l10n?: Readonly<Record<string, string>>;
  readonly rtl?: boolean;
  /** BCP 47 tag of the language of VS Code; English where it is left out. */
  readonly language?: string;
  /** Leaves `ready` unanswered, as a host that is still starting does, or refuses it. */
  readonly start?: 'silent' | 'refused';
}

type Answers = {
  [M in ViewMethod]?: (params: ViewParams<M>) => ViewResult<M> | Promise<ViewResult<M>>;
};

/** A request as it was received and found to be well-formed. */
export interface Received {
  readonly method: ViewMethod;
  readonly params: unknown;
}

interface WireRequest {
  readonly id: string;
  readonly method: string;
  readonly params?: unknown;
}

/** The application in a real browser, with this end of the protocol played by the test. */
export class View implements AsyncDisposable {
  readonly page: Page;
  readonly received: Received[] = [];
  /** What the browser or the page complained about: policy violations, errors, bad messages. */
  readonly complaints: string[] = [];
  readonly answers: Answers = {};
  readonly #options: ViewOptions;
  readonly #look: { theme: ThemeName; rtl: boolean; placement: Placement };

  private constructor(page: Page, options: ViewOptions) {
    this.page = page;
    this.#options = options;
    const { theme = 'dark', rtl = false, placement = 'sidebar' } = options;
    this.#look = { theme, rtl, placement };
  }

  static async open(browser: Browser, options: ViewOptions): Promise<View> {
    const { width = 320, height = 860 } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      ...options.context,
    });
    const view = new View(await context.newPage(), options);
    await view.#connect();
    await view.page.goto(`${options.origin}/?${options.language ?? 'en'}`);
    return view;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }

  async notify<N extends ViewNotification>(
    method: N,
    params: ViewNotificationParams<N>,
  ): Promise<void> {
    await this.post({ method, params: viewNotifications[method].parse(params) });
  }

  /** Sends a message as it is, right or wrong. */
  async post(message: object): Promise<void> {
    const receiver = { type: 'webview', webviewId: 'harness' };
    await this.page.evaluate((data) => window.postMessage(data, '*'), {
      receiver,
      sender: { type: 'extension' },
      ...message,
    });
  }

  /** The parameters of the received requests of a method, oldest first. */
  paramsOf<M extends ViewMethod>(method: M): ViewParams<M>[] {
    return this.received
      .filter((request) => request.method === method)
      .map(({ params }) => params as ViewParams<M>);
  }

  async saved(): Promise<unknown> {
    return this.page.evaluate(() => Reflect.get(globalThis, 'savedState') as unknown);
  }

  async #connect(): Promise<void> {
    const { page } = this;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.complaints.push(message.text());
      }
    });
    page.on('pageerror', (error) => this.complaints.push(`uncaught ${String(error)}`));
    await page.exposeFunction('postToHost', (message: WireRequest) => this.#receive(message));
    await page.addInitScript(setUpPage, {
      saved: this.#options.saved ?? null,
      dress: { ...this.#look, theme: readTheme(this.#look.theme) },
    });
  }

  /** Changes how the page looks, as a change of VS Code's theme does. */
  async wear(change: { theme?: ThemeName; rtl?: boolean; placement?: Placement }): Promise<void> {
    Object.assign(this.#look, change);
    const dress: Dress = { ...this.#look, theme: readTheme(this.#look.theme) };
    await this.page.evaluate((given) => {
      const wear = Reflect.get(globalThis, 'wear') as (worn: unknown) => void;
      wear(given);
    }, dress);
  }

  async #receive(message: WireRequest): Promise<void> {
    if (!Object.hasOwn(viewRequests, message.method)) {
      this.complaints.push(`unknown method ${message.method}`);
      return;
    }
    const method = message.method as ViewMethod;
    const checked = viewRequests[method].params.safeParse(message.params);
    if (!checked.success) {
      this.complaints.push(`${method}: ${checked.error.message}`);
      return;
    }
    this.received.push({ method, params: checked.data });
    const { start } = this.#options;
    if (method === 'ready' && start === 'silent') {
      return;
    }
    if (method === 'ready' && start === 'refused') {
      await this.post({ id: message.id, error: { message: 'The extension is being updated.' } });
      return;
    }
    await this.#answer(message.id, method, checked.data);
  }

  async #answer(id: string, method: ViewMethod, params: unknown): Promise<void> {
    try {
      const answer = this.answers[method] as ((given: unknown) => unknown) | undefined;
      const result = answer === undefined ? this.#usual(method) : await answer(params);
      await this.post({ id, result });
    } catch (error) {
      await this.post({ id, error });
    }
  }

  #usual(method: ViewMethod): unknown {
    const { placement = 'sidebar', l10n = null, state, results } = this.#options;
    return method === 'ready' ? { sessionId: 'session-1', placement, l10n, state, results } : null;
  }
}

export function readTheme(name: ThemeName): Theme {
  const file = new URL(`../themes/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Theme;
}
