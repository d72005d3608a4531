import * as vscode from 'vscode';
import { formatCount, formatDuration, plural } from '../l10n/formats.ts';
import { readHostSettings } from '../settings.ts';

/** The person (or the size of the workspace) has said that it may be indexed. */
const agreedKey = 'indexing.agreed';
/** The question was asked before; it is not asked twice. */
const askedKey = 'indexing.asked';
const pausedKey = 'indexing.paused';
/** Somebody has turned to the extension in this workspace. */
const usedKey = 'used';

/** Whether the workspace may be indexed, as people have said in this window and earlier ones. */
export class IndexConsent {
  readonly #memory: vscode.Memento;
  /** Indexing was asked for in this window, whatever the settings say. */
  #ordered = false;

  /** @param memory that of the workspace */
  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  get given(): boolean {
    const agreed = this.#memory.get(agreedKey, false);
    return this.#ordered || (agreed && readHostSettings().indexAutomatically);
  }

  /** Whether the extension was ever used in this workspace; before that it is quiet. */
  get used(): boolean {
    return [usedKey, agreedKey, askedKey].some((key) => this.#memory.get(key, false));
  }

  async use(): Promise<void> {
    await this.#memory.update(usedKey, true);
  }

  get paused(): boolean {
    return this.#memory.get(pausedKey, false);
  }

  async setPaused(paused: boolean): Promise<void> {
    await this.#memory.update(pausedKey, paused);
  }

  /** It was asked for: that answers every question, now and later. */
  async order(): Promise<void> {
    this.#ordered = true;
    await this.agree();
  }

  /** Nobody needs to be asked. */
  async agree(): Promise<void> {
    await this.#memory.update(agreedKey, true);
  }

  /** Asks about a workspace of many images, once; @returns whether to index it now. */
  async ask(work: { readonly count: number; readonly seconds: number }): Promise<boolean> {
    if (this.#memory.get(askedKey, false)) {
      return false;
    }
    await this.#memory.update(askedKey, true);
    const yes = vscode.l10n.t('Index Now');
    const no = vscode.l10n.t('Not Now');
    return (await vscode.window.showInformationMessage(questionAbout(work), yes, no)) === yes;
  }
}

function questionAbout({
  count,
  seconds,
}: {
  readonly count: number;
  readonly seconds: number;
}): string {
  const size = vscode.l10n.t(
    'This workspace has {0} image.|This workspace has {0} images.',
    formatCount(count),
  );
  const question = vscode.l10n.t(
    'Index them to find characters? That takes about {0}, runs in the background and can be paused.',
    formatDuration(seconds),
  );
  return `${plural(size, count)} ${question}`;
}
