import type * as vscode from 'vscode';

/** Owns disposables and lets them go together, last first. */
export abstract class Disposer implements vscode.Disposable {
  readonly #owned: vscode.Disposable[] = [];

  dispose(): void {
    for (const owned of this.#owned.splice(0).reverse()) {
      owned.dispose();
    }
  }

  protected own<D extends vscode.Disposable>(disposable: D): D {
    this.#owned.push(disposable);
    return disposable;
  }
}
