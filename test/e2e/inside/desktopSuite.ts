// Runs inside the extension host of the VS Code of a desktop, bundled by `tools/scripts/desktop.ts`.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';

/** How long the library may take to be indexed, which the outside tells by a file. */
const patienceMs = 10 * 60_000;
const indexed = join(__dirname, 'indexed');

/** The page of *Diagnose*, as the document that its preview shows. */
const page = vscode.Uri.from({
  scheme: 'familiar-faces-report',
  path: 'Familiar Faces Diagnosis.md',
});

async function searchAndDiagnose(): Promise<string> {
  const extension = vscode.extensions.getExtension('familiar-faces.familiar-faces');
  assert.ok(extension, 'the extension is installed');
  await extension.activate();
  for (const end = Date.now() + patienceMs; !existsSync(indexed); ) {
    assert.ok(Date.now() < end, 'the library is indexed');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const [image] = await vscode.workspace.findFiles('characters/**/*.{png,webp,jpg}', undefined, 1);
  assert.ok(image, 'there is an image');
  await vscode.commands.executeCommand('familiarFaces.findSimilar', image);
  await vscode.commands.executeCommand('familiarFaces.diagnose');
  return (await vscode.workspace.openTextDocument(page)).getText();
}

/** What VS Code calls. Writes what came of it to a file, which the outside waits for. */
export async function run(): Promise<void> {
  let outcome: { report: string } | { failure: string };
  try {
    outcome = { report: await searchAndDiagnose() };
  } catch (error) {
    outcome = { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  writeFileSync(join(__dirname, 'outcome.json'), JSON.stringify(outcome));
}
