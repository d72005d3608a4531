import * as vscode from 'vscode';
import type { CharactersPanel } from '../characters/charactersPanel.ts';
import type { CharactersView } from '../characters/charactersView.ts';
import { formatFaces } from '../l10n/formats.ts';
import { expectFolder } from '../workspace.ts';
import { type CommandContext, registerCommand } from './commandContext.ts';

/** More names than this are found by typing, in the view. */
const mostChoices = 5_000;

/** The commands about characters. */
export function registerCharacterCommands(
  context: CommandContext,
  places: { readonly view: CharactersView; readonly panel: CharactersPanel },
): vscode.Disposable[] {
  return [
    registerCommand(context, 'characters.openPanel', async () => {
      expectFolder();
      places.panel.show();
    }),
    registerCommand(context, 'goToCharacter', async () => {
      expectFolder();
      const id = await chooseCharacter(context);
      if (id !== undefined) {
        await places.view.show(id);
      }
    }),
  ];
}

async function chooseCharacter({ library }: CommandContext): Promise<number | undefined> {
  const params = { filter: '', hidden: false, offset: 0, limit: mostChoices };
  const { characters } = await library.engine.request('characters/list', params);
  const choices = characters.map(({ id, name, aliases, faces, cover }) => ({
    id,
    label: name ?? vscode.l10n.t('No name yet'),
    description: [formatFaces(faces), ...aliases].join(' · '),
    ...(cover === null ? {} : { detail: vscode.workspace.asRelativePath(cover.path) }),
    ...(cover?.thumbnail == null ? {} : { iconPath: vscode.Uri.file(cover.thumbnail) }),
  }));
  const chosen = await vscode.window.showQuickPick(choices, {
    title: vscode.l10n.t('Go to Character'),
    placeHolder:
      choices.length === 0
        ? vscode.l10n.t('No characters have been found yet')
        : vscode.l10n.t('Which character?'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.id;
}
