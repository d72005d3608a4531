import * as vscode from 'vscode';
import { Disposer } from '../disposer.ts';
import { webviewOptions } from '../search/webviewPage.ts';
import { CharactersHost } from './charactersHost.ts';
import type { CharactersViewOptions } from './charactersView.ts';

const panelType = 'familiarFaces.charactersPanel';

/** The Characters view at full size: at most one, and it comes back with the window. */
export class CharactersPanel extends Disposer implements vscode.WebviewPanelSerializer {
  readonly #options: CharactersViewOptions;
  #open: vscode.WebviewPanel | undefined;

  constructor(options: CharactersViewOptions) {
    super();
    this.#options = options;
    this.own(vscode.window.registerWebviewPanelSerializer(panelType, this));
    this.own({ dispose: () => this.#open?.dispose() });
  }

  show(): void {
    if (this.#open !== undefined) {
      this.#open.reveal();
      return;
    }
    const { extensionUri, library } = this.#options;
    const title = vscode.l10n.t('Characters');
    const options = webviewOptions(extensionUri, library);
    this.#adopt(
      vscode.window.createWebviewPanel(panelType, title, vscode.ViewColumn.Active, options),
    );
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (this.#open === undefined) {
      this.#adopt(panel);
    } else {
      panel.dispose();
    }
  }

  #adopt(panel: vscode.WebviewPanel): void {
    const { extensionUri } = this.#options;
    const icon = (theme: string) =>
      vscode.Uri.joinPath(extensionUri, 'media', `similar-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const host = new CharactersHost({ ...this.#options, kind: 'panel', container: panel });
    this.#open = panel;
    panel.onDidChangeViewState(() => host.visibilityChanged());
    panel.onDidDispose(() => {
      host.dispose();
      this.#open = undefined;
    });
  }
}
