// Runs inside the extension host of a real VS Code, bundled by `insideHost.e2e.ts`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';

const id = 'familiar-faces.familiar-faces';
const patienceMs = 60_000;

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, { readonly default: unknown }>>;
    };
  };
}

function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension(id);
  assert.ok(found, 'the extension is installed');
  return found;
}

const manifest = (): Manifest => extension().packageJSON as Manifest;
const firstImage = async (pattern: string) => {
  const [uri] = await vscode.workspace.findFiles(pattern, undefined, 1);
  assert.ok(uri, pattern);
  return uri;
};

/** Asks again and again until the answer is yes. */
async function until(what: string, ask: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patienceMs; Date.now() < end; ) {
    if (await ask()) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`Expected ${what} but it did not come about.`);
}

/** Labels of open tabs. */
const tabs = () =>
  vscode.window.tabGroups.all.flatMap((group) => group.tabs.map(({ label }) => label));

const tests: Readonly<Record<string, () => Promise<void>>> = {
  'activation returns at once and loads no native code': async () => {
    await extension().activate();
    assert.equal(extension().isActive, true);
    const report = process.report.getReport() as { sharedObjects: string[] };
    const ours = report.sharedObjects.filter((file) => file.startsWith(extension().extensionPath));
    assert.deepEqual(ours, []);
  },

  'every command of the manifest is registered, and no other': async () => {
    const declared = manifest().contributes.commands.map(({ command }) => command);
    const registered = (await vscode.commands.getCommands(true)).filter(
      (name) =>
        name.startsWith('familiarFaces.') &&
        // VS Code adds these for every view.
        !/^familiarFaces\.(similar|library|characters)\.(focus|open|removeView|resetViewLocation|toggleVisibility)$/.test(
          name,
        ),
    );
    assert.deepEqual(registered.toSorted(), declared.toSorted());
  },

  'settings have the defaults of the manifest': async () => {
    const { properties } = manifest().contributes.configuration;
    for (const [name, { default: expected }] of Object.entries(properties)) {
      assert.deepEqual(vscode.workspace.getConfiguration().get(name), expected, name);
    }
  },

  'Find Similar opens the view, and fails quietly without an image': async () => {
    await vscode.commands.executeCommand(
      'familiarFaces.findSimilar',
      await firstImage('characters/**/*.webp'),
    );
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('familiarFaces.findSimilar');
    await vscode.commands.executeCommand('familiarFaces.findSimilar', 'nonsense', { a: 1 });
  },

  'Find Similar takes the active image where nothing was clicked': async () => {
    const uri = await firstImage('scenes/*.jpg');
    await vscode.commands.executeCommand('vscode.open', uri);
    await until('the image to open', () => tabs().some((label) => uri.path.endsWith(label)));
    await vscode.commands.executeCommand('familiarFaces.findSimilar');
  },

  'commands of menus refuse what is not theirs': async () => {
    for (const name of ['result.open', 'result.copyPath', 'failure.retry', 'failure.reveal']) {
      await vscode.commands.executeCommand(`familiarFaces.${name}`, { imageId: 'x' });
    }
  },

  'Open Panel Beside opens one panel, however often it is asked for': async () => {
    const panels = () => tabs().filter((label) => label === 'Similar Characters').length;
    await vscode.commands.executeCommand('familiarFaces.openPanel');
    await vscode.commands.executeCommand('familiarFaces.openPanel');
    await until('a panel', () => panels() === 1);
  },

  'Diagnose shows a page': async () => {
    await vscode.commands.executeCommand('familiarFaces.diagnose');
    await until('the page', () => tabs().some((label) => label.includes('Diagnosis')));
  },

  'Pause, Resume, Cancel, Reindex and Restart Engine settle': async () => {
    for (const name of ['pause', 'resume', 'reindex', 'pause', 'cancel', 'restartEngine']) {
      await vscode.commands.executeCommand(`familiarFaces.${name}`);
    }
  },

  'invalid settings count as unset': async () => {
    const configuration = vscode.workspace.getConfiguration('familiarFaces');
    await configuration.update('exclude', 'not a list', vscode.ConfigurationTarget.Workspace);
    await configuration.update('speed', 'warp', vscode.ConfigurationTarget.Workspace);
    await vscode.commands.executeCommand('familiarFaces.diagnose');
    await configuration.update('exclude', undefined, vscode.ConfigurationTarget.Workspace);
    await configuration.update('speed', undefined, vscode.ConfigurationTarget.Workspace);
  },

  'the extension holds its readme, licences and bill of materials': async () => {
    for (const file of ['readme.md', 'LICENSE.txt', 'NOTICE', 'dist/sbom.cdx.json']) {
      assert.ok(readFileSync(join(extension().extensionPath, file)).length > 100, file);
    }
  },
};

/** What VS Code calls. Prints one line of JSON for each test, which the outside reads. */
export async function run(): Promise<void> {
  for (const [name, test] of Object.entries(tests)) {
    let failure: string | null = null;
    try {
      await test();
    } catch (error) {
      failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    console.log(`RESULT ${JSON.stringify({ name, failure })}`);
  }
}
