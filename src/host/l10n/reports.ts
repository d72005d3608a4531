import * as vscode from 'vscode';
import { Disposer } from '../disposer.ts';
import type { Diagnosis } from '../library/diagnose.ts';
import { describeDiagnosis } from '../library/diagnosis.ts';
import type { RuntimeReport } from '../runtime/runtime.ts';

const scheme = 'familiar-faces-report';

/** Shows diagnoses as documents that cannot be edited, so that closing one asks nothing. */
export class Reports extends Disposer implements vscode.TextDocumentContentProvider {
  readonly #onDidChange = this.own(new vscode.EventEmitter<vscode.Uri>());
  readonly #uri = vscode.Uri.from({
    scheme,
    path: `${vscode.l10n.t('Familiar Faces Diagnosis')}.md`,
  });
  #text = '';

  readonly onDidChange = this.#onDidChange.event;

  constructor() {
    super();
    this.own(vscode.workspace.registerTextDocumentContentProvider(scheme, this));
  }

  provideTextDocumentContent(): string {
    return this.#text;
  }

  async show(report: Diagnosis, runtimes: RuntimeReport): Promise<void> {
    this.#text = describeDiagnosis(report, runtimes);
    this.#onDidChange.fire(this.#uri);
    await vscode.commands.executeCommand('markdown.showPreview', this.#uri);
  }
}
