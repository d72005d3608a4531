import * as vscode from 'vscode';

export interface OpenFileOptions {
  /** In the group next to the active one, which keeps the focus where it is. */
  readonly beside: boolean;
}

/** Opens an image with whatever editor the person has for it. */
export async function openFile(path: string, { beside }: OpenFileOptions): Promise<void> {
  const options: vscode.TextDocumentShowOptions = {
    viewColumn: beside ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active,
    preview: true,
    preserveFocus: true,
  };
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(path), options);
}
