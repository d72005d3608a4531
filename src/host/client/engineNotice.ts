import * as vscode from 'vscode';
import { inTheirLanguage } from '../l10n/failureTexts.ts';
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
      offerRestart(engine, log, inTheirLanguage(engine.failure).message).catch((error: unknown) =>
        log.error(error instanceof Error ? error : String(error)),
      );
    }
  });
}

async function offerRestart(
  engine: EngineClient,
  log: vscode.LogOutputChannel,
  message: string,
): Promise<void> {
  const restart = vscode.l10n.t('Restart Engine');
  const showLog = vscode.l10n.t('Show Log');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Familiar Faces has stopped: {0}', message),
    restart,
    showLog,
  );
  if (answer === restart) {
    await engine.restart();
  } else if (answer === showLog) {
    log.show();
  }
}
