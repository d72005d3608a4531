import { basename } from 'node:path';
import * as vscode from 'vscode';
import { FamiliarError } from '../../common/failure.ts';
import { type CardContext, cardContextSchema } from '../../protocol/viewProtocol.ts';
import { openFile } from '../openFile.ts';
import type { SimilarSession } from '../search/similarSession.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';

interface ChosenCard extends CardContext {
  readonly session: SimilarSession;
  /** Path of the file that the menu was opened on. */
  readonly path: string;
}

/** The context menu of a result. */
export function registerResultCommands(context: CommandContext): vscode.Disposable[] {
  const register = (name: string, run: (card: ChosenCard) => Promise<void>) =>
    registerCommand(context, `result.${name}`, (argument) => run(chosenCard(context, argument)));
  return [
    register('open', ({ path }) => openFile(path, { beside: false })),
    register('openBeside', ({ path }) => openFile(path, { beside: true })),
    register('reveal', async ({ path }) => {
      await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(path));
    }),
    register('revealInOs', async ({ path }) => {
      await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(path));
    }),
    register('copyPath', async ({ path }) => {
      await vscode.env.clipboard.writeText(path);
    }),
    register('searchFromHere', ({ session, imageId, place }) => session.openResult(imageId, place)),
    register('compare', ({ session, imageId, path }) => compare(session, imageId, path)),
    register('reject', ({ session, imageId }) => session.reject(imageId)),
  ];
}

/** Opens the query and the result next to each other in one editor. */
async function compare(session: SimilarSession, imageId: number, path: string): Promise<void> {
  const { image } = session.queryOf(imageId);
  // An image from the clipboard has no file; its preview is all there is to see.
  const left = vscode.Uri.file(image.path ?? image.preview);
  const title = `${image.name} ↔ ${basename(path)}`;
  await vscode.commands.executeCommand('vscode.diff', left, vscode.Uri.file(path), title);
}

function chosenCard({ webviewHosts }: CommandContext, argument: unknown): ChosenCard {
  const card = cardContextSchema.safeParse(argument);
  if (!card.success) {
    throw new FamiliarError('argument', vscode.l10n.t('Expected a result to be chosen.'), {
      remedy: vscode.l10n.t('Use this command from the menu of a result.'),
    });
  }
  const session = webviewHosts.session(card.data.sessionId);
  return { ...card.data, session, path: session.pathOf(card.data.imageId, card.data.place) };
}
