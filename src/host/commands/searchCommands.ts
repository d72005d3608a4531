import * as vscode from 'vscode';
import { FamiliarError } from '../../common/failure.ts';
import { imageExtensions } from '../../common/imageExtensions.ts';
import type { QuerySource } from '../../protocol/engineProtocol.ts';
import { isImageName } from '../imageFiles.ts';
import { expectFolder } from '../workspace.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';

/** More images than this in one selection are a slip of the mouse, not a question. */
const maxQueries = 16;

/** What the key gives as argument in the Explorer, which hands no file to keys. */
const fromExplorer = 'explorer';

/** The commands that start a search. */
export function registerSearchCommands(context: CommandContext): vscode.Disposable[] {
  const { webviewHosts } = context;
  return [
    registerCommand(context, 'findSimilar', async (clicked, selected) => {
      expectFolder();
      if (!vscode.workspace.isTrusted) {
        // The view says so, and how to change it.
        await webviewHosts.show();
        return;
      }
      await webviewHosts.search(
        clicked === fromExplorer ? await focusedInExplorer() : chosenImages(clicked, selected),
      );
    }),
    registerCommand(context, 'findSimilarClipboard', async () => {
      expectFolder();
      const webviewHost = await webviewHosts.show();
      await webviewHost.readClipboard();
    }),
    registerCommand(context, 'findSimilarOutside', async (sessionId) => {
      expectFolder();
      const sources = await chooseFiles();
      if (sources.length === 0) {
        return;
      }
      await (typeof sessionId === 'string'
        ? webviewHosts.session(sessionId).open(sources)
        : webviewHosts.search(sources));
    }),
    registerCommand(context, 'openPanel', async () => {
      const { panel, view } = webviewHosts;
      // A panel that is open keeps what it searches for; one that is opened shows the present search.
      const isNew = !panel.isOpen;
      panel.show();
      if (isNew && view.session.queries.length > 0) {
        panel.session.copyFrom(view.session);
      }
    }),
  ];
}

/**
 * The images that the menu was opened on: the whole selection of the Explorer, one file of an
 * editor's tab or title, or, from the palette, the file of the active editor.
 */
function chosenImages(clicked: unknown, selected: unknown): QuerySource[] {
  const files = (Array.isArray(selected) && selected.length > 0 ? selected : [clicked]).filter(
    (item) => item instanceof vscode.Uri,
  );
  const active = activeFile();
  const chosen = files.length > 0 ? files : active === undefined ? [] : [active];
  const images = chosen.filter((uri) => uri.scheme === 'file' && isImageName(uri.path));
  if (images.length === 0) {
    throw new FamiliarError(
      'query-empty',
      vscode.l10n.t('Expected an image to search for but none is open.'),
      { remedy: vscode.l10n.t('Open an image, or right-click one in the Explorer.') },
    );
  }
  return images.slice(0, maxQueries).map((uri) => ({ kind: 'path', path: uri.fsPath }));
}

/** The image that has the focus in the Explorer: opening it is how an extension learns of it. */
async function focusedInExplorer(): Promise<QuerySource[]> {
  await vscode.commands.executeCommand('filesExplorer.openFilePreserveFocus');
  return chosenImages(undefined, undefined);
}

function activeFile(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText
    ? input.uri
    : undefined;
}

async function chooseFiles(): Promise<QuerySource[]> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectMany: true,
    openLabel: vscode.l10n.t('Find Similar'),
    title: vscode.l10n.t('Find Similar Characters to These Images'),
    filters: { [vscode.l10n.t('Images')]: [...imageExtensions] },
  });
  return (chosen ?? []).slice(0, maxQueries).map((uri) => ({ kind: 'path', path: uri.fsPath }));
}
