import * as vscode from 'vscode';
import { Disposer } from '../disposer.ts';
import { inTheirLanguage } from '../l10n/failureTexts.ts';
import { formatCount, formatInImages, formatPace, plural } from '../l10n/formats.ts';
import type { Library } from './library.ts';

interface Appearance {
  readonly text: string;
  readonly tooltip: string;
  readonly warning?: boolean;
}

/** The item that tells what the indexer does; a click shows the Library view. */
export class StatusBar extends Disposer {
  readonly #library: Library;
  readonly #item: vscode.StatusBarItem;

  constructor(library: Library) {
    super();
    this.#library = library;
    this.#item = this.own(
      vscode.window.createStatusBarItem('status', vscode.StatusBarAlignment.Right, 50),
    );
    this.#item.name = vscode.l10n.t('Familiar Faces');
    this.#item.command = 'familiarFaces.library.focus';
    this.own(library.onDidChange(() => this.#update()));
    this.#update();
  }

  #update(): void {
    const appearance = describe(this.#library);
    if (appearance === undefined) {
      this.#item.hide();
      return;
    }
    const { text, tooltip, warning } = appearance;
    this.#item.text = text;
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = { label: `Familiar Faces: ${tooltip}` };
    this.#item.backgroundColor = warning
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    this.#item.show();
  }
}

function describe(library: Library): Appearance | undefined {
  const { state, waiting, progress } = library;
  if (state === 'lost') {
    const tooltip = vscode.l10n.t('The engine has stopped. Click for details.');
    return { text: '$(warning) Familiar Faces', tooltip, warning: true };
  }
  if (waiting !== null && state !== 'none') {
    return {
      text: '$(account) $(question)',
      tooltip: vscode.l10n.t('Images are not indexed yet.'),
    };
  }
  if (state === 'none' || state === 'stopped') {
    return undefined;
  }
  const count = `${formatCount(progress.done)}/${formatCount(progress.total)}`;
  const pace = formatPace(progress);
  switch (progress.phase) {
    case 'starting':
      return { text: '$(loading~spin)', tooltip: vscode.l10n.t('Starting the engine') };
    case 'scanning':
      return { text: '$(sync~spin)', tooltip: vscode.l10n.t('Looking for images') };
    case 'indexing':
      return {
        text: pace === '' ? `$(sync~spin) ${count}` : `$(sync~spin) ${count} · ${pace}`,
        tooltip: vscode.l10n.t('Indexing images: {0}', count),
      };
    case 'paused':
      return { text: `$(debug-pause) ${count}`, tooltip: vscode.l10n.t('Indexing is paused') };
    case 'failed':
      return {
        text: '$(warning) Familiar Faces',
        tooltip:
          progress.failure === null
            ? vscode.l10n.t('Indexing failed')
            : inTheirLanguage(progress.failure).message,
        warning: true,
      };
    case 'idle':
      return describeIdle(library);
  }
}

function describeIdle({ stats }: Library): Appearance | undefined {
  // In the moment before the first run begins there is nothing to tell yet.
  if (stats === null || stats.images + stats.failures === 0) {
    return undefined;
  }
  return {
    text: `$(account) ${formatCount(stats.faces)}`,
    tooltip: plural(
      vscode.l10n.t(
        '{0} face in {1}|{0} faces in {1}',
        formatCount(stats.faces),
        formatInImages(stats.images),
      ),
      stats.faces,
    ),
  };
}
