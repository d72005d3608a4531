import * as vscode from 'vscode';
import { Disposer } from './disposer.ts';
import type { Library } from './library/library.ts';

/** Keeps the keys that `when` clauses of `package.json` read. */
export class ContextKeys extends Disposer {
  readonly #library: Library;
  readonly #known = new Map<string, unknown>();

  constructor(library: Library) {
    super();
    this.#library = library;
    this.own(library.onDidChange(() => this.#update()));
    this.#update();
  }

  #update(): void {
    const { state, progress, waiting } = this.#library;
    this.#set('engine', state);
    this.#set('phase', state === 'ready' ? progress.phase : 'none');
    this.#set('waiting', waiting !== null);
  }

  #set(name: string, value: unknown): void {
    if (this.#known.get(name) !== value) {
      this.#known.set(name, value);
      vscode.commands.executeCommand('setContext', `familiarFaces.${name}`, value);
    }
  }
}
