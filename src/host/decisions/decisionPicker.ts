import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ListedDecision } from '../../protocol/engineProtocol.ts';
import { reportFailure } from '../library/failures.ts';
import type { Library } from '../library/library.ts';
import { openFile } from '../openFile.ts';
import type { DecisionHistory } from './decisionHistory.ts';

interface DecisionItem extends vscode.QuickPickItem {
  readonly decision: ListedDecision;
}

export interface DecisionPickerOptions {
  readonly library: Library;
  readonly history: DecisionHistory;
  readonly log: vscode.LogOutputChannel;
  /** Searches for the picture, where its faces can be drawn anew. */
  readonly search: (path: string) => Promise<void>;
}

/** The list of decisions: each with its picture, what it was and when, to look at, edit or delete. */
export async function showDecisions(options: DecisionPickerOptions): Promise<void> {
  const { library, history, log, search } = options;
  const picker = vscode.window.createQuickPick<DecisionItem>();
  const remove: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('trash'),
    tooltip: vscode.l10n.t('Delete This Decision'),
  };
  const open: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('go-to-file'),
    tooltip: vscode.l10n.t('Open Picture'),
  };
  picker.title = vscode.l10n.t('Decisions');
  picker.placeholder = vscode.l10n.t('Choose a decision to see and edit its picture');
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  const fill = async () => {
    picker.busy = true;
    const decisions = await library.engine.request('decisions/list', null);
    picker.items = await Promise.all(decisions.map((decision) => toItem(decision, [open, remove])));
    picker.busy = false;
    if (decisions.length === 0) {
      picker.placeholder = vscode.l10n.t('Nothing has been decided yet');
    }
  };
  picker.onDidTriggerItemButton(({ button, item }) =>
    reportFailure(log, async () => {
      if (button === remove) {
        await history.takeBack(item.decision.id);
        await fill();
        return;
      }
      await openPicture(item.decision);
    }),
  );
  picker.onDidAccept(() =>
    reportFailure(log, async () => {
      const path = picker.selectedItems[0]?.decision.faces[0]?.path;
      if (path !== undefined && path !== null) {
        picker.hide();
        await search(path);
      }
    }),
  );
  picker.onDidHide(() => picker.dispose());
  picker.show();
  await fill();
}

async function openPicture({ faces }: ListedDecision): Promise<void> {
  for (const { path } of faces) {
    if (path !== null) {
      await openFile(path, { beside: false });
      return;
    }
  }
}

async function toItem(
  decision: ListedDecision,
  buttons: readonly vscode.QuickInputButton[],
): Promise<DecisionItem> {
  const icon = await faceIcon(decision.faces[0]);
  return {
    decision,
    label: whatOf(decision),
    description: decision.faces.map(nameOf).join(' ↔ '),
    detail: new Date(decision.madeMs).toLocaleString(vscode.env.language, {
      dateStyle: 'medium',
      timeStyle: 'short',
    }),
    buttons,
    ...(icon === undefined ? {} : { iconPath: icon }),
  };
}

/** What was decided, in the words of the commands that do it. */
function whatOf({ kind }: ListedDecision): string {
  switch (kind) {
    case 'draw-face':
      return vscode.l10n.t('Face drawn');
    case 'remove-face':
      return vscode.l10n.t('False face removed');
    case 'not-same':
      return vscode.l10n.t('Not the same character');
  }
}

function nameOf({ relativePath, path }: ListedDecision['faces'][number]): string {
  return relativePath ?? (path === null ? vscode.l10n.t('a picture that is away') : basename(path));
}

/** The head around the face, cut out of the thumbnail by a drawing: the host decodes no picture. */
async function faceIcon(
  face: ListedDecision['faces'][number] | undefined,
): Promise<vscode.Uri | undefined> {
  if (face === undefined || face.thumbnail === null) {
    return undefined;
  }
  const type = face.thumbnail.endsWith('.webp') ? 'webp' : 'jpeg';
  const bytes = await readFile(face.thumbnail).catch(() => undefined);
  if (bytes === undefined) {
    // Deleted since it was listed: the texts say enough.
    return undefined;
  }
  const { x, y, width, height } = face.box;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${x} ${y} ${width} ${height}">
    <image width="1" height="1" preserveAspectRatio="none" href="data:image/${type};base64,${bytes.toString('base64')}"/></svg>`;
  return vscode.Uri.parse(`data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`);
}
