import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { viewPage } from '../../protocol/viewPage.ts';
import type { Library } from '../library/library.ts';

/** What a webview may do and load: its own program, thumbnails and previews, nothing else. */
export function webviewOptions(extensionUri: vscode.Uri, library: Library): vscode.WebviewOptions {
  return {
    enableScripts: true,
    localResourceRoots: [
      vscode.Uri.joinPath(extensionUri, 'dist', 'webview'),
      vscode.Uri.joinPath(library.storage, 'thumbnails'),
      vscode.Uri.joinPath(library.storage, 'previews'),
    ],
  };
}

/** The page of one of the applications, by the name of its program, with a nonce of its own. */
export function webviewPage(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  program: 'main' | 'characters' = 'main',
): string {
  const file = (name: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', name)).toString();
  return viewPage({
    language: vscode.env.language,
    source: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
    script: file(`${program}.js`),
    style: file(`${program}.css`),
  });
}
