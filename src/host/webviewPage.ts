import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Library } from './library.ts';

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

/** The page of the application, with a policy that allows neither inline code nor the network. */
export function webviewPage(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const file = (name: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', name)).toString();
  const policy = [
    `default-src 'none'`,
    `img-src ${webview.cspSource}`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Familiar Faces</title>
<link rel="stylesheet" href="${file('main.css')}">
<script type="module" nonce="${nonce}" src="${file('main.js')}"></script>
</head>
<body></body>
</html>`;
}
