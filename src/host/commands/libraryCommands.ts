import * as vscode from 'vscode';
import { FamiliarError } from '../../common/failure.ts';
import type { exportFormats } from '../../protocol/engineProtocol.ts';
import { formatCount, formatInImages, plural } from '../l10n/formats.ts';
import { type Diagnosis, diagnose } from '../library/diagnose.ts';
import { reportFailure } from '../library/failures.ts';
import type { FailureItem } from '../library/libraryTreeItems.ts';
import { expectFolder } from '../workspace.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';

type ExportFormat = (typeof exportFormats)[number];

/** The commands of the Library view. */
export function registerLibraryCommands(context: CommandContext): vscode.Disposable[] {
  const { library } = context;
  const { engine } = library;
  return [
    registerCommand(context, 'failures.retryAll', async () => {
      await engine.request('failures/retry', { fileIds: null });
    }),
    registerCommand(context, 'failure.retry', async (row) => {
      await engine.request('failures/retry', { fileIds: [chosenFailure(row).failedFile.fileId] });
    }),
    registerCommand(context, 'failure.reveal', async (row) => {
      const { path } = chosenFailure(row).failedFile;
      await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(path));
    }),
    registerCommand(context, 'exportFaceMap', () => exportFaceMap(context)),
    registerCommand(context, 'diagnose', async () => {
      await diagnoseAgain(context);
    }),
  ];
}

/** Shows the diagnosis, and offers to test graphics hardware once more that was refused. */
async function diagnoseAgain(context: CommandContext): Promise<void> {
  const { engine } = context.library;
  const report = await diagnose(engine);
  await context.reports.show(report, engine.runtimes);
  if (!hasRefused(report)) {
    return;
  }
  const again = vscode.l10n.t('Test Again');
  const question = vscode.l10n.t('The graphics hardware is not used. Test it again?');
  // The command has ended: nothing waits until the person has read of it.
  vscode.window.showInformationMessage(question, again).then(async (answer) => {
    if (answer === again) {
      await reportFailure(context.log, async () => {
        await engine.request('models/forgetProbes', null);
        await context.reports.show(await diagnose(engine), engine.runtimes);
      });
    }
  });
}

/** What is missing on a machine will not be there a moment later. */
function hasRefused({ checks }: Diagnosis): boolean {
  return checks.some(
    ({ part, facts }) =>
      part === 'models' && facts?.refused.some(({ cause }) => cause !== 'absent') === true,
  );
}

async function exportFaceMap({ library }: CommandContext): Promise<void> {
  expectFolder();
  const format = await chooseFormat();
  const target = format === undefined ? undefined : await chooseTarget(format);
  if (format === undefined || target === undefined) {
    return;
  }
  const { images, faces } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Exporting the face map') },
    () => library.engine.request('export', { format, path: target.fsPath }),
  );
  const open = vscode.l10n.t('Open');
  const forms = vscode.l10n.t(
    'Exported {0} face of {1}.|Exported {0} faces of {1}.',
    formatCount(faces),
    formatInImages(images),
  );
  // The command has ended: nothing waits until the person has read of it.
  vscode.window.showInformationMessage(plural(forms, faces), open).then((answer) => {
    if (answer === open) {
      vscode.commands.executeCommand('vscode.open', target);
    }
  });
}

async function chooseFormat(): Promise<ExportFormat | undefined> {
  const choices: readonly (vscode.QuickPickItem & { readonly format: ExportFormat })[] = [
    { label: 'CSV', description: vscode.l10n.t('one row per face'), format: 'csv' },
    { label: 'JSON', description: vscode.l10n.t('one object per image'), format: 'json' },
    { label: 'COCO', description: vscode.l10n.t('for training tools'), format: 'coco' },
  ];
  const chosen = await vscode.window.showQuickPick(choices, {
    title: vscode.l10n.t('Export Face Map'),
    placeHolder: vscode.l10n.t('Which form should the face map have?'),
  });
  return chosen?.format;
}

async function chooseTarget(format: ExportFormat): Promise<vscode.Uri | undefined> {
  const name = { csv: 'face-map.csv', json: 'face-map.json', coco: 'face-map.coco.json' }[format];
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Face Map'),
    filters: format === 'csv' ? { CSV: ['csv'] } : { JSON: ['json'] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
}

function chosenFailure(row: unknown): FailureItem {
  if (typeof row === 'object' && row !== null && 'failedFile' in row) {
    return row as FailureItem;
  }
  throw new FamiliarError('argument', vscode.l10n.t('Expected a failed file to be chosen.'), {
    remedy: vscode.l10n.t('Use this command from the menu of a failure in the Library view.'),
  });
}
