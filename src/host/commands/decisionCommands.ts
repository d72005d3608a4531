import type * as vscode from 'vscode';
import { showDecisions } from '../decisions/decisionPicker.ts';
import { expectFolder } from '../workspace.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';

/** The commands about what a person decided. */
export function registerDecisionCommands(context: CommandContext): vscode.Disposable[] {
  const { library, history, log, webviewHosts } = context;
  return [
    registerCommand(context, 'undoDecision', () => history.undo()),
    registerCommand(context, 'redoDecision', () => history.redo()),
    registerCommand(context, 'showDecisions', async () => {
      expectFolder();
      await showDecisions({
        library,
        history,
        log,
        search: (path) => webviewHosts.search([{ kind: 'path', path }]),
      });
    }),
  ];
}
