import * as vscode from 'vscode';
import { reportFailure } from '../failures.ts';
import type { Library } from '../library.ts';
import type { Reports } from '../reports.ts';
import type { Surfaces } from '../surfaces.ts';

/** What commands work on. */
export interface CommandContext {
  readonly library: Library;
  readonly surfaces: Surfaces;
  readonly reports: Reports;
  readonly log: vscode.LogOutputChannel;
}

/** Registers a command of ours; its failures are shown, never swallowed. */
export function registerCommand(
  { log }: CommandContext,
  name: string,
  // What VS Code passes depends on the menu: commands check it themselves.
  run: (...args: unknown[]) => Promise<void>,
): vscode.Disposable {
  return vscode.commands.registerCommand(`familiarFaces.${name}`, (...args: unknown[]) =>
    reportFailure(log, () => run(...args)),
  );
}
