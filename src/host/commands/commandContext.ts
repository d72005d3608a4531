import * as vscode from 'vscode';
import type { DecisionHistory } from '../decisions/decisionHistory.ts';
import type { Reports } from '../l10n/reports.ts';
import { reportFailure } from '../library/failures.ts';
import type { Library } from '../library/library.ts';
import type { WebviewHosts } from '../search/webviewHosts.ts';

/** What commands work on. */
export interface CommandContext {
  readonly library: Library;
  readonly webviewHosts: WebviewHosts;
  readonly history: DecisionHistory;
  readonly reports: Reports;
  readonly log: vscode.LogOutputChannel;
}

/** Registers a command of ours; its failures are shown, never swallowed. */
export function registerCommand(
  { log, library }: CommandContext,
  name: string,
  // What VS Code passes depends on the menu: commands check it themselves.
  run: (...args: unknown[]) => Promise<void>,
): vscode.Disposable {
  return vscode.commands.registerCommand(`familiarFaces.${name}`, (...args: unknown[]) => {
    library.use();
    return reportFailure(log, () => run(...args));
  });
}
