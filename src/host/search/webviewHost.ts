import * as vscode from 'vscode';
import { Messenger } from 'vscode-messenger';
import type { MessageParticipant } from 'vscode-messenger-common';
import { FamiliarError } from '../../common/failure.ts';
import type { QuerySource } from '../../protocol/engineProtocol.ts';
import {
  type Placement,
  type ViewNotification,
  type ViewNotificationParams,
  type ViewSource,
  viewRequests,
} from '../../protocol/viewProtocol.ts';
import { Disposer } from '../disposer.ts';
import type { Library } from '../library/library.ts';
import { openFile } from '../openFile.ts';
import { answerRequests, type RequestHandlers } from './answerRequests.ts';
import type { SimilarSession } from './similarSession.ts';
import { type ToWebviewUri, toCard, toViewResults, toViewState } from './viewModel.ts';
import { webviewOptions, webviewPage } from './webviewPage.ts';
import { run, translations, workbenchHandlers } from './workbenchHandlers.ts';

export interface WebviewHostOptions {
  readonly kind: Placement;
  readonly container: vscode.WebviewView | vscode.WebviewPanel;
  readonly session: SimilarSession;
  readonly library: Library;
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
}

type Handlers = RequestHandlers<typeof viewRequests>;

/** One webview that shows one session: draws from it, does to it what the person asks. */
export class WebviewHost extends Disposer {
  readonly #options: WebviewHostOptions;
  readonly #messenger = new Messenger();
  readonly #view: MessageParticipant;
  readonly #toUri: ToWebviewUri;
  readonly #loaded = Promise.withResolvers<void>();
  #stateIsDue = false;

  constructor(options: WebviewHostOptions) {
    super();
    this.#options = options;
    const { container, session, library, extensionUri } = options;
    const { webview } = container;
    this.#toUri = (path) => webview.asWebviewUri(vscode.Uri.file(path)).toString();
    this.#view =
      'reveal' in container
        ? this.#messenger.registerWebviewPanel(container)
        : this.#messenger.registerWebviewView(container);
    const { log } = options;
    const handlers = this.#handlers();
    const answering = { messenger: this.#messenger, requests: viewRequests, handlers, log };
    for (const answers of answerRequests(answering)) {
      this.own(answers);
    }
    this.own(session.onDidChange(() => this.#sendStateSoon()));
    this.own(library.onDidChange(() => this.#sendStateSoon()));
    this.own(session.onDidFind(() => this.#send('results', toViewResults(session, this.#toUri))));
    this.own({ dispose: () => session.setVisible(false) });
    webview.options = webviewOptions(extensionUri, library);
    webview.html = webviewPage(webview, extensionUri);
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

  /** Has the view read an image off the clipboard; only a web page can. */
  async readClipboard(): Promise<void> {
    await this.#loaded.promise;
    this.#send('readClipboard', null);
  }

  #handlers(): Handlers {
    return {
      ...this.#queryHandlers(),
      ...this.#resultHandlers(),
      ...workbenchHandlers(this.#options.library),
      'decision/undo': () => run('familiarFaces.undoDecision'),
      'decision/redo': () => run('familiarFaces.redoDecision'),
    };
  }

  #queryHandlers() {
    const { session } = this.#options;
    return {
      'query/open': async ({ sources }) => {
        const [first, ...others] = sources;
        if (first?.kind === 'result' && others.length === 0) {
          await session.openResult(first.imageId, 0);
        } else {
          await session.open(sources.map((source) => this.#toSource(source)));
        }
        return null;
      },
      'query/choose': () => run('familiarFaces.findSimilarOutside', session.id),
      'query/close': async ({ queryId }) => {
        session.close(queryId);
        return null;
      },
      'faces/select': async ({ queryId, faceIds }) => {
        session.selectFaces(queryId, faceIds);
        return null;
      },
      'faces/add': async ({ queryId, box }) => {
        await session.addFace(queryId, box);
        return null;
      },
      'faces/remove': async ({ queryId, faceId }) => {
        await session.removeFace(queryId, faceId);
        return null;
      },
      weight: async ({ weight }) => {
        session.setWeight(weight);
        return null;
      },
      'search/retry': async () => {
        session.retry();
        return null;
      },
    } satisfies Partial<Handlers>;
  }

  #resultHandlers() {
    const { session, library, kind } = this.#options;
    return {
      ready: async () => {
        this.#loaded.resolve();
        return {
          sessionId: session.id,
          placement: kind,
          l10n: translations(),
          state: toViewState(library, session, this.#toUri),
          results: toViewResults(session, this.#toUri),
        };
      },
      'results/page': async ({ resultsId, offset }) => {
        const page = await session.page(resultsId, offset);
        return page?.map((result) => toCard(result, this.#toUri)) ?? null;
      },
      'result/open': async ({ imageId, place, beside }) => {
        await openFile(session.pathOf(imageId, place), { beside: beside || kind === 'panel' });
        return null;
      },
      'result/reject': async ({ imageId }) => {
        await session.reject(imageId);
        return null;
      },
    } satisfies Partial<Handlers>;
  }

  #toSource(source: ViewSource): QuerySource {
    switch (source.kind) {
      case 'result':
        return { kind: 'path', path: this.#options.session.pathOf(source.imageId, 0) };
      case 'bytes':
        return source;
      case 'uri':
        return { kind: 'path', path: filePath(source.uri) };
    }
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
      this.#send('state', toViewState(library, session, this.#toUri));
    });
  }

  #send<N extends ViewNotification>(method: N, params: ViewNotificationParams<N>): void {
    this.#messenger.sendNotification<unknown>({ method }, this.#view, params);
  }
}

function filePath(uri: string): string {
  const parsed = vscode.Uri.parse(uri);
  // Remote windows name their files by another scheme when they are dragged.
  if (parsed.scheme === 'file') {
    return parsed.fsPath;
  }
  if (parsed.scheme === 'vscode-remote') {
    return vscode.Uri.file(parsed.path).fsPath;
  }
  throw new FamiliarError(
    'argument',
    vscode.l10n.t('Expected a file of this machine but received {0}.', uri),
    { remedy: vscode.l10n.t('Save the image to a file, then drop the file.') },
  );
}
