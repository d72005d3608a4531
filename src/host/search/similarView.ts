import * as vscode from 'vscode';
import { Disposer } from '../disposer.ts';
import type { Library } from '../library/library.ts';
import type { SimilarSession } from './similarSession.ts';
import { WebviewHost } from './webviewHost.ts';

export const similarViewId = 'familiarFaces.similar';

export interface SimilarViewOptions {
  readonly session: SimilarSession;
  readonly library: Library;
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
}

/** The Similar view of the side bar. */
export class SimilarView extends Disposer implements vscode.WebviewViewProvider {
  readonly session: SimilarSession;
  readonly #options: SimilarViewOptions;
  readonly #onDidResolve = this.own(new vscode.EventEmitter<WebviewHost>());
  #webviewHost: WebviewHost | undefined;

  constructor(options: SimilarViewOptions) {
    super();
    this.session = options.session;
    this.#options = options;
    this.own(vscode.window.registerWebviewViewProvider(similarViewId, this));
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const webviewHost = new WebviewHost({ ...this.#options, kind: 'sidebar', container: view });
    this.#webviewHost = webviewHost;
    view.onDidChangeVisibility(() => webviewHost.visibilityChanged());
    view.onDidDispose(() => {
      webviewHost.dispose();
      this.#webviewHost = undefined;
    });
    this.#onDidResolve.fire(webviewHost);
  }

  /** Shows the view; resolves once VS Code has asked for its page. */
  async show(): Promise<WebviewHost> {
    const resolved = Promise.withResolvers<WebviewHost>();
    const listener = this.#onDidResolve.event(resolved.resolve);
    try {
      await vscode.commands.executeCommand(`${similarViewId}.focus`);
      return this.#webviewHost ?? (await resolved.promise);
    } finally {
      listener.dispose();
    }
  }
}
