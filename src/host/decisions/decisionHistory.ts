import * as vscode from 'vscode';
import type { EngineClient } from '../client/engineClient.ts';
import { reportFailure } from '../library/failures.ts';

/** Decisions further back are undone from the list of decisions. */
const remembered = 100;

/**
 * The decisions that a person made in this window, to be undone and made again in their order. The
 * library keeps all decisions; this keeps what "the last one" means here.
 */
export class DecisionHistory {
  readonly #engine: EngineClient;
  readonly #log: vscode.LogOutputChannel;
  #done: readonly string[] = [];
  #undone: readonly string[] = [];

  constructor(engine: EngineClient, log: vscode.LogOutputChannel) {
    this.#engine = engine;
    this.#log = log;
  }

  /** Takes a decision that was made, and says so with a way back. */
  made(decisionId: string, what: string): void {
    this.#done = [...this.#done, decisionId].slice(-remembered);
    this.#undone = [];
    this.#offer(what, () => this.#undo(decisionId));
  }

  /** Takes decisions that were taken back in the list: the last one to be undone is made again. */
  async takeBack(decisionId: string): Promise<void> {
    await this.#undo(decisionId);
    this.#offer(vscode.l10n.t('The decision was deleted.'), () => this.#redo(decisionId));
  }

  /** Takes back the last decision that holds. */
  async undo(): Promise<void> {
    const last = this.#done.at(-1);
    if (last === undefined) {
      this.#tell(vscode.l10n.t('There is no decision to undo in this window.'));
      return;
    }
    await this.#undo(last);
    this.#offer(vscode.l10n.t('The last decision was undone.'), () => this.#redo(last));
  }

  /** Makes the decision hold again that was undone last. */
  async redo(): Promise<void> {
    const last = this.#undone.at(-1);
    if (last !== undefined) {
      await this.#redo(last);
    }
  }

  async #undo(id: string): Promise<void> {
    await this.#engine.request('decisions/undo', { ids: [id] });
    this.#done = this.#done.filter((done) => done !== id);
    this.#undone = [...this.#undone.filter((undone) => undone !== id), id].slice(-remembered);
  }

  async #redo(id: string): Promise<void> {
    await this.#engine.request('decisions/redo', { ids: [id] });
    this.#undone = this.#undone.filter((undone) => undone !== id);
    this.#done = [...this.#done.filter((done) => done !== id), id].slice(-remembered);
  }

  /** What was decided has happened: nothing waits until the person has read of it. */
  #offer(what: string, back: () => Promise<void>): void {
    const undo = vscode.l10n.t('Undo');
    vscode.window.showInformationMessage(what, undo).then((answer) => {
      if (answer === undo) {
        void reportFailure(this.#log, back);
      }
    });
  }

  #tell(what: string): void {
    vscode.window.showInformationMessage(what);
  }
}
