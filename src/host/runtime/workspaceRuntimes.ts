import * as vscode from 'vscode';
import { readHostSettings } from '../settings.ts';
import { workspaceFolders } from '../workspace.ts';
import { RuntimeChooser } from './runtimeChooser.ts';
import { RuntimeMemory } from './runtimeMemory.ts';

/** Chooses by the settings of this window; remembers for all windows of this machine. */
export function runtimeChooser(context: vscode.ExtensionContext): RuntimeChooser {
  const file = vscode.Uri.joinPath(context.globalStorageUri, 'failedRuntimes.json').fsPath;
  const { version } = context.extension.packageJSON as { version: string };
  return new RuntimeChooser({
    memory: new RuntimeMemory(file, version),
    chosen: () => readHostSettings().runtime,
    untrusted: () => workspaceFolders().map(({ path }) => path),
    env: process.env,
  });
}
