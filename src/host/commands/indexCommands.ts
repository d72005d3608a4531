import type * as vscode from 'vscode';
import { expectFolder } from '../workspace.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';

/** The commands that steer the indexer. */
export function registerIndexCommands(context: CommandContext): vscode.Disposable[] {
  const { library, log } = context;
  return [
    registerCommand(context, 'reindex', async () => {
      expectFolder();
      await library.index({ force: true });
    }),
    registerCommand(context, 'index', async () => {
      expectFolder();
      await library.index({ force: false });
    }),
    registerCommand(context, 'rescan', async () => {
      expectFolder();
      await library.index({ force: false });
    }),
    registerCommand(context, 'pause', () => library.pause()),
    registerCommand(context, 'resume', () => library.resume()),
    registerCommand(context, 'cancel', () => library.cancel()),
    registerCommand(context, 'restartEngine', () => library.engine.restart()),
    registerCommand(context, 'showLog', async () => log.show()),
  ];
}
