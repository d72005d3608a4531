import * as vscode from 'vscode';
import { FamiliarError } from '../common/failure.ts';
import type { Folder } from '../common/settings.ts';

/** The workspace's folders that are on disk; others cannot be read by the engine. */
export function workspaceFolders(): Folder[] {
  return (vscode.workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === 'file')
    .map((folder) => ({
      id: folder.uri.toString(),
      name: folder.name,
      path: folder.uri.fsPath,
    }));
}

/** Decoders are a way in for hostile files: none is run in a workspace that is not trusted. */
export function findReasonNotToStart(): FamiliarError | null {
  return vscode.workspace.isTrusted
    ? null
    : new FamiliarError(
        'argument',
        vscode.l10n.t('Expected a trusted workspace but it is in Restricted Mode.'),
        { remedy: vscode.l10n.t('Trust the workspace to have its images opened.') },
      );
}

/** @throws FamiliarError where no folder is open. */
export function expectFolder(): void {
  if (workspaceFolders().length === 0) {
    throw new FamiliarError(
      'argument',
      vscode.l10n.t('Expected an open folder but this window has none.'),
      { remedy: vscode.l10n.t('Open a folder with images, then try again.') },
    );
  }
}
