import * as vscode from 'vscode';
import type { Failure } from '../../protocol/failureSchema.ts';
import { inTheirLanguage } from '../l10n/failureTexts.ts';
import { readEngineSettings, settingsSection } from '../settings.ts';
import type { EngineClient } from './engineClient.ts';

/**
 * Tells the person, once, when the engine is given up. Restarts that succeed are no news: the
 * status bar shows them.
 */
export function announceLostEngine(
  engine: EngineClient,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  return engine.onDidChangeState((state) => {
    if (state === 'lost' && engine.failure !== null) {
      offerRemedy(engine, log, engine.failure).catch((error: unknown) =>
        log.error(error instanceof Error ? error : String(error)),
      );
    }
  });
}

/** Tells the person, once in a window, that changes are seen late, and what helps. */
export function announceWatchLimit(engine: EngineClient): vscode.Disposable {
  let isTold = false;
  return engine.onDidReachWatchLimit(({ setting, intervalSeconds }) => {
    if (isTold) {
      return;
    }
    isTold = true;
    const settings = vscode.l10n.t('Open Settings');
    const message = vscode.l10n.t(
      'The system watches no more folders: changes to images are looked for every {0} seconds. Raise {1}, exclude folders, or switch on polling.',
      intervalSeconds,
      setting,
    );
    // Nothing waits until the person has read of it.
    vscode.window.showWarningMessage(message, settings).then((answer) => {
      if (answer === settings) {
        vscode.commands.executeCommand(
          'workbench.action.openSettings',
          `${settingsSection}.usePolling`,
        );
      }
    });
  });
}

async function offerRemedy(
  engine: EngineClient,
  log: vscode.LogOutputChannel,
  failure: Failure,
): Promise<void> {
  const settings = vscode.l10n.t('Open Settings');
  const restart = vscode.l10n.t('Restart Engine');
  const showLog = vscode.l10n.t('Show Log');
  const { message, remedy } = inTheirLanguage(failure);
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Familiar Faces has stopped: {0}', `${message} ${remedy}`),
    ...(isWrongModelsFolder(failure) ? [settings] : []),
    restart,
    showLog,
  );
  if (answer === settings) {
    await vscode.commands.executeCommand(
      'workbench.action.openSettings',
      `${settingsSection}.modelsFolder`,
    );
  } else if (answer === restart) {
    await engine.restart();
  } else if (answer === showLog) {
    log.show();
  }
}

/** Models of one's own that cannot be used: the setting is what is to be mended. */
function isWrongModelsFolder({ code }: Failure): boolean {
  return (
    (code === 'model-manifest' || code === 'model-file') &&
    readEngineSettings().modelsFolder !== null
  );
}
