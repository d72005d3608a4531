import * as vscode from 'vscode';
import { Messenger } from 'vscode-messenger';
import type { MessageParticipant } from 'vscode-messenger-common';
import {
  type CharactersViewNotification,
  type CharactersViewNotificationParams,
  charactersViewRequests,
} from '../../protocol/charactersViewProtocol.ts';
import type { Placement } from '../../protocol/viewProtocol.ts';
import { Disposer } from '../disposer.ts';
import type { Library } from '../library/library.ts';
import { openFile } from '../openFile.ts';
import { answerRequests, type RequestHandlers } from '../search/answerRequests.ts';
import type { WebviewHosts } from '../search/webviewHosts.ts';
import { webviewOptions, webviewPage } from '../search/webviewPage.ts';
import { run, translations, workbenchHandlers } from '../search/workbenchHandlers.ts';
import type { CharactersSession } from './charactersSession.ts';
import { toCharacterCards, toCharactersState, toListCard } from './charactersViewModel.ts';

export interface CharactersHostOptions {
  readonly kind: Placement;
  readonly container: vscode.WebviewView | vscode.WebviewPanel;
  readonly session: CharactersSession;
  readonly library: Library;
  /** Where searches are shown. */
  readonly webviewHosts: WebviewHosts;
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
}

type Handlers = RequestHandlers<typeof charactersViewRequests>;

/** One webview that shows characters: draws from its session, does what the person asks. */
export class CharactersHost extends Disposer {
  readonly #options: CharactersHostOptions;
  readonly #messenger = new Messenger();
  readonly #view: MessageParticipant;
  readonly #toUri = (path: string) =>
    this.#options.container.webview.asWebviewUri(vscode.Uri.file(path)).toString();
  #stateIsDue = false;

  constructor(options: CharactersHostOptions) {
    super();
    this.#options = options;
    const { container, session, library, extensionUri, log } = options;
    this.#view =
      'reveal' in container
        ? this.#messenger.registerWebviewPanel(container)
        : this.#messenger.registerWebviewView(container);
    const handlers: Handlers = {
      ...this.#listHandlers(),
      ...this.#decisionHandlers(),
      ...workbenchHandlers(library),
    };
    const requests = charactersViewRequests;
    for (const answers of answerRequests({ messenger: this.#messenger, requests, handlers, log })) {
      this.own(answers);
    }
    this.own(session.onDidChange(() => this.#sendStateSoon()));
    this.own(library.onDidChange(() => this.#sendStateSoon()));
    this.own(
      session.onDidList(() => {
        // The state first: it says whose list this is.
        this.#send('state', toCharactersState(library, session, this.#toUri));
        this.#send('list', toCharacterCards(session, this.#toUri));
      }),
    );
    this.own({ dispose: () => session.setVisible(false) });
    container.webview.options = webviewOptions(extensionUri, library);
    container.webview.html = webviewPage(container.webview, extensionUri, 'characters');
    this.visibilityChanged();
  }

  /** To be called whenever the container was shown or hidden. */
  visibilityChanged(): void {
    const { session, library, container } = this.#options;
    session.setVisible(container.visible);
    if (container.visible) {
      library.use();
    }
  }

  #listHandlers() {
    const { session, library, kind } = this.#options;
    return {
      ready: async () => ({
        sessionId: session.id,
        placement: kind,
        l10n: translations(),
        state: toCharactersState(library, session, this.#toUri),
        list: toCharacterCards(session, this.#toUri),
      }),
      'list/page': async ({ resultsId, offset }) => {
        const items = await session.items(resultsId, offset);
        return items?.map((item) => toListCard(item, this.#toUri)) ?? null;
      },
      filter: async ({ filter, hidden }) => {
        session.setFilter(filter, hidden);
        return null;
      },
      'page/open': async (page) => {
        session.open(page);
        return null;
      },
      names: () => library.engine.request('characters/names', null),
      'face/open': async ({ faceId, beside }) => {
        await openFile(session.face(faceId).path, { beside: beside || kind === 'panel' });
        return null;
      },
      similar: async ({ id }) => {
        const faces = await session.exemplars(id);
        await this.#options.webviewHosts.searchFaces(faces);
        return null;
      },
      'panel/open': () => run('familiarFaces.characters.openPanel'),
    } satisfies Partial<Handlers>;
  }

  #decisionHandlers() {
    const { session } = this.#options;
    return {
      name: async ({ id, name }) => {
        const answer = await session.change('characters/name', { id, name });
        session.follow(id, answer.id);
        return { existing: answer.existing };
      },
      nameFaces: (params) => session.change('characters/nameFaces', params),
      merge: async (params) => {
        const merged = await session.change('characters/merge', params);
        for (const id of params.ids) {
          session.follow(id, merged.id);
        }
        return merged;
      },
      split: async (params) => this.#changeOne('characters/split', params),
      judge: async (params) => this.#changeOne('characters/judge', params),
      hide: (params) => session.change('characters/hide', params),
      cover: async (params) => this.#changeOne('characters/cover', params),
      undo: async () => {
        await session.change('characters/undo', null);
        return null;
      },
      'proposals/accept': async ({ accepted }) => {
        for (const { id, name } of accepted) {
          await session.change('characters/name', { id, name });
        }
        session.open({ kind: 'all' });
        return null;
      },
    } satisfies Partial<Handlers>;
  }

  #changeOne<M extends 'characters/split' | 'characters/judge' | 'characters/cover'>(
    method: M,
    params: Parameters<CharactersSession['change']>[1] & { readonly id: number },
  ): Promise<{ id: number }> {
    return this.#options.session.change(method, params as never) as Promise<{ id: number }>;
  }

  /** Many changes of one moment become one message. */
  #sendStateSoon(): void {
    if (this.#stateIsDue) {
      return;
    }
    this.#stateIsDue = true;
    setImmediate(() => {
      this.#stateIsDue = false;
      const { library, session } = this.#options;
      this.#send('state', toCharactersState(library, session, this.#toUri));
    });
  }

  #send<N extends CharactersViewNotification>(
    method: N,
    params: CharactersViewNotificationParams<N>,
  ): void {
    this.#messenger.sendNotification<unknown>({ method }, this.#view, params);
  }
}
