import * as vscode from 'vscode';
import { Disposer } from '../disposer.ts';
import type { Library } from '../library/library.ts';
import type { SimilarSession } from './similarSession.ts';
import { WebviewHost } from './webviewHost.ts';
import { webviewOptions } from './webviewPage.ts';

export const panelType = 'familiarFaces.panel';

export interface SimilarPanelOptions {
  readonly session: SimilarSession;
  readonly library: Library;
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
}

/** The panel beside the editor: at most one, and it comes back with the window. */
export class SimilarPanel extends Disposer implements vscode.WebviewPanelSerializer {
  readonly session: SimilarSession;
  readonly #options: SimilarPanelOptions;
  #open: { readonly panel: vscode.WebviewPanel; readonly webviewHost: WebviewHost } | undefined;

  constructor(options: SimilarPanelOptions) {
    super();
    this.session = options.session;
    this.#options = options;
    this.own(vscode.window.registerWebviewPanelSerializer(panelType, this));
    this.own({ dispose: () => this.#open?.panel.dispose() });
  }

  /** Whether there is a panel, on screen or behind another tab. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Whether the panel is on screen, so that a search belongs there. */
  get visible(): boolean {
    return this.#open?.panel.visible ?? false;
  }

  show(): WebviewHost {
    if (this.#open !== undefined) {
      this.#open.panel.reveal(undefined, true);
      return this.#open.webviewHost;
    }
    const { extensionUri, library } = this.#options;
    const panel = vscode.window.createWebviewPanel(
      panelType,
      vscode.l10n.t('Similar Characters'),
      vscode.ViewColumn.Beside,
      webviewOptions(extensionUri, library),
    );
    return this.#adopt(panel);
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (this.#open === undefined) {
      this.#adopt(panel);
    } else {
      panel.dispose();
    }
  }

  #adopt(panel: vscode.WebviewPanel): WebviewHost {
    const { extensionUri } = this.#options;
    const icon = (theme: string) =>
      vscode.Uri.joinPath(extensionUri, 'media', `similar-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const webviewHost = new WebviewHost({ ...this.#options, kind: 'panel', container: panel });
    this.#open = { panel, webviewHost };
    panel.onDidChangeViewState(() => webviewHost.visibilityChanged());
    panel.onDidDispose(() => {
      webviewHost.dispose();
      this.#open = undefined;
    });
    return webviewHost;
  }
}
