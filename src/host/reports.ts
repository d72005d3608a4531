import * as vscode from 'vscode';
import type { DoctorReport } from '../protocol/engineProtocol.ts';
import { Disposer } from './disposer.ts';

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

  async show(report: DoctorReport): Promise<void> {
    this.#text = toMarkdown(report);
    this.#onDidChange.fire(this.#uri);
    await vscode.commands.executeCommand('markdown.showPreview', this.#uri);
  }
}

function toMarkdown({ ok, checks }: DoctorReport): string {
  const items = checks.map(({ name, ok, detail, remedy }) =>
    [
      `- ${ok ? '✓' : '✗'} **${escapeMarkdown(name)}** — ${escapeMarkdown(detail)}`,
      ...(remedy === null ? [] : [`  - ${escapeMarkdown(remedy)}`]),
    ].join('\n'),
  );
  return [
    `# ${vscode.l10n.t('Familiar Faces Diagnosis')}`,
    ok ? vscode.l10n.t('Everything works.') : vscode.l10n.t('Something needs attention.'),
    items.join('\n'),
    '',
  ].join('\n\n');
}

/** Paths and messages of libraries may hold anything: nothing of it is Markdown. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/[\\`*_{}[\]()<>#+!|~-]/g, '\\$&');
}
