import * as vscode from 'vscode';
import type { Library } from '../library/library.ts';

/** What pages of every kind ask of the library and of VS Code itself. */
export function workbenchHandlers(library: Library) {
  return {
    'index/start': async () => {
      await library.index({ force: false });
      return null;
    },
    'index/pause': async () => {
      await library.pause();
      return null;
    },
    'index/resume': async () => {
      await library.resume();
      return null;
    },
    'engine/restart': async () => {
      await library.engine.restart();
      return null;
    },
    'folder/open': () => run('vscode.openFolder'),
    'trust/manage': () => run('workbench.trust.manage'),
    'library/show': () => run('familiarFaces.library.focus'),
    'log/show': () => run('familiarFaces.showLog'),
  } as const;
}

/** Runs a command, for a request that answers with nothing. */
export async function run(command: string, ...args: unknown[]): Promise<null> {
  await vscode.commands.executeCommand(command, ...args);
  return null;
}

/** The translations in the flat form that webviews use; null for English. */
export function translations(): Record<string, string> | null {
  const bundle = vscode.l10n.bundle;
  return bundle === undefined ? null : { ...bundle };
}
