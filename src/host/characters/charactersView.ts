import * as vscode from 'vscode';
import { Disposer } from '../disposer.ts';
import { CharactersHost, type CharactersHostOptions } from './charactersHost.ts';

export const charactersViewId = 'familiarFaces.characters';

export type CharactersViewOptions = Omit<CharactersHostOptions, 'kind' | 'container'>;

/** The Characters view of the side bar. */
export class CharactersView extends Disposer implements vscode.WebviewViewProvider {
  readonly #options: CharactersViewOptions;

  constructor(options: CharactersViewOptions) {
    super();
    this.#options = options;
    this.own(vscode.window.registerWebviewViewProvider(charactersViewId, this));
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const host = new CharactersHost({ ...this.#options, kind: 'sidebar', container: view });
    view.onDidChangeVisibility(() => host.visibilityChanged());
    view.onDidDispose(() => host.dispose());
  }

  /** Shows the view with a character open. */
  async show(id: number): Promise<void> {
    this.#options.session.open({ kind: 'character', id });
    await vscode.commands.executeCommand(`${charactersViewId}.focus`);
  }
}
