import * as vscode from 'vscode';
import { Disposer } from './disposer.ts';
import type { Library } from './library.ts';
import type { SimilarSession } from './similarSession.ts';
import { SimilarSurface } from './similarSurface.ts';

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
  readonly #onDidResolve = this.own(new vscode.EventEmitter<SimilarSurface>());
  #surface: SimilarSurface | undefined;

  constructor(options: SimilarViewOptions) {
    super();
    this.session = options.session;
    this.#options = options;
    this.own(vscode.window.registerWebviewViewProvider(similarViewId, this));
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const surface = new SimilarSurface({ ...this.#options, kind: 'sidebar', container: view });
    this.#surface = surface;
    view.onDidChangeVisibility(() => surface.visibilityChanged());
    view.onDidDispose(() => {
      surface.dispose();
      this.#surface = undefined;
    });
    this.#onDidResolve.fire(surface);
  }

  /** Shows the view; resolves once VS Code has asked for its page. */
  async show(): Promise<SimilarSurface> {
    const resolved = new Promise<SimilarSurface>((resolve) => {
      const once = this.#onDidResolve.event((surface) => {
        once.dispose();
        resolve(surface);
      });
    });
    await vscode.commands.executeCommand(`${similarViewId}.focus`);
    return this.#surface ?? (await resolved);
  }
}
