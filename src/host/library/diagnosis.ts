import * as vscode from 'vscode';
import type { Check } from '../../protocol/doctorReport.ts';
import type { Failure } from '../../protocol/failureSchema.ts';
import type { Refusal } from '../../protocol/providerReport.ts';
import { inTheirLanguage } from '../l10n/failureTexts.ts';
import { formatBytes, formatCount, formatRate, plural } from '../l10n/formats.ts';
import { describeRefusal, providerName } from '../l10n/providerTexts.ts';
import { describeRuntime, type Runtime, type RuntimeReport } from '../runtime/runtime.ts';
import type { Diagnosis, DiagnosisCheck } from './diagnose.ts';

/** A diagnosis in the language of VS Code, as a page of Markdown. */
export function describeDiagnosis(
  { ok, checks }: Diagnosis,
  runtimes: RuntimeReport = { taken: null, rejected: [] },
): string {
  return [
    `# ${vscode.l10n.t('Familiar Faces Diagnosis')}`,
    ok ? vscode.l10n.t('Everything works.') : vscode.l10n.t('Something needs attention.'),
    checks.map((check) => describeCheck(check, runtimes)).join('\n'),
    '',
  ].join('\n\n');
}

function describeCheck(check: DiagnosisCheck, runtimes: RuntimeReport): string {
  const { failure, part } = check;
  const [first = '', ...more] = [
    ...(failure === null ? linesOf(check) : wrongLines(check, failure)),
    ...(part === 'runtime' || part === 'engine' ? runtimeLines(runtimes) : []),
  ];
  return [
    `- ${failure === null ? '✓' : '✗'} **${escapeMarkdown(nameOf(check))}** — ${escapeMarkdown(first)}`,
    ...more.map((line) => `  - ${escapeMarkdown(line)}`),
  ].join('\n');
}

function nameOf({ part, facts }: DiagnosisCheck): string {
  switch (part) {
    case 'engine':
      return vscode.l10n.t('Engine');
    case 'runtime':
      return vscode.l10n.t('Runtime');
    case 'library':
      return vscode.l10n.t('Library');
    case 'database':
      return vscode.l10n.t('Database');
    case 'disk':
      return vscode.l10n.t('Disk Space');
    case 'index':
      return vscode.l10n.t('Search Index');
    case 'models':
      return vscode.l10n.t('Models');
    case 'folder':
      return vscode.l10n.t('Folder {0}', facts?.name ?? '');
  }
}

/** What was found out about a part that is in order: the first line, then those below it. */
function linesOf({ part, facts }: DiagnosisCheck): readonly string[] {
  if (facts === null) {
    return [];
  }
  switch (part) {
    case 'runtime':
      return [`Node.js ${facts.node} · ${facts.platform} ${facts.architecture}`];
    case 'library':
      return [facts.storageFolder, ...roleLines(facts.role)];
    case 'database':
      return [vscode.l10n.t('sound, {0}', formatBytes(facts.bytes))];
    case 'disk':
      return [vscode.l10n.t('{0} free', formatBytes(facts.freeBytes))];
    case 'index':
      return [describeIndex(facts)];
    case 'models':
      return [describeModels(facts), ...facts.refused.map(refusalLine)];
    case 'folder':
      return [facts.path];
  }
}

/** The program that runs the engine, and why those that come before it do not. */
function runtimeLines({ taken, rejected }: RuntimeReport): readonly string[] {
  return [
    ...(taken === null ? [] : [originOf(taken)]),
    ...rejected.map((runtime) =>
      vscode.l10n.t('Not used: {0}: {1}', describeRuntime(runtime), runtime.reason),
    ),
  ];
}

function originOf({ origin, executable }: Runtime): string {
  switch (origin) {
    case 'vscode':
      return vscode.l10n.t("VS Code's own: {0}", executable);
    case 'setting':
      return vscode.l10n.t('Chosen in the settings: {0}', executable);
    case 'path':
      return vscode.l10n.t('Found on PATH: {0}', executable);
  }
}

type Facts<P extends Check['part']> = NonNullable<Extract<Check, { part: P }>['facts']>;

function roleLines(role: Facts<'library'>['role']): readonly string[] {
  switch (role) {
    case 'leader':
      return [];
    case 'follower':
      return [vscode.l10n.t('Another window is indexing it at the moment.')];
    case 'readOnly':
      return [vscode.l10n.t('It is read-only: searching works, nothing new is indexed.')];
  }
}

function describeIndex({ faces, added }: Facts<'index'>): string {
  const all = plural(vscode.l10n.t('{0} face|{0} faces', formatCount(faces)), faces);
  if (added === 0 || added === faces) {
    return all;
  }
  const forms = vscode.l10n.t(
    '{0} added since it was built|{0} added since it was built',
    formatCount(added),
  );
  return `${all} · ${plural(forms, added)}`;
}

function describeModels({ name, revision, provider, imagesPerSecond }: Facts<'models'>): string {
  const speed = imagesPerSecond === null ? [] : [formatRate(imagesPerSecond)];
  return [`${name} ${revision}`, providerName(provider), ...speed].join(' · ');
}

function refusalLine(refusal: Refusal): string {
  return `${providerName(refusal.provider)}: ${describeRefusal(refusal)} (${refusal.reason})`;
}

/** What is wrong, what to do about it, and the exact words where others stand for them. */
function wrongLines(check: DiagnosisCheck, failure: Failure): readonly string[] {
  const { message, remedy } = wordsFor(check, failure);
  const isSaid = check.part === 'disk' || message.includes(failure.message);
  return [message, remedy, ...(isSaid ? [] : [failure.message])];
}

/** Some codes mean something else for a part than for a picture. */
function wordsFor(
  { part, facts }: DiagnosisCheck,
  failure: Failure,
): Pick<Failure, 'message' | 'remedy'> {
  if (part === 'folder' && failure.code === 'file-unreadable') {
    return {
      message: vscode.l10n.t('The folder cannot be read.'),
      remedy: vscode.l10n.t(
        'Check that it is there, that you may read it and that its drive is connected.',
      ),
    };
  }
  if (part === 'disk' && facts !== null) {
    return {
      message: vscode.l10n.t('Only {0} free', formatBytes(facts.freeBytes)),
      remedy: vscode.l10n.t('Free some space: indexing stops when the disk is full.'),
    };
  }
  return inTheirLanguage(failure);
}

/** Paths and messages of libraries may hold anything: nothing of it is Markdown. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/[\\`*_{}[\]()<>#+!|~-]/g, '\\$&');
}
