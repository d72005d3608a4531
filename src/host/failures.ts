import * as vscode from 'vscode';
import { isAbort, toFamiliarError } from '../base/failure.ts';
import type { Failure } from '../protocol/engineProtocol.ts';

/** The form of an error that crosses borders. */
export function toFailure(error: unknown): Failure {
  const { code, message, remedy } = toFamiliarError(error);
  return { code, message, remedy };
}

/** Runs what a person asked for; a failure is logged and shown with its remedy. */
export async function reportFailure(
  log: vscode.LogOutputChannel,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isAbort(error)) {
      return;
    }
    const failure = toFamiliarError(error);
    log.error(failure);
    const showLog = vscode.l10n.t('Show Log');
    const answer = await vscode.window.showErrorMessage(
      `${failure.message} ${failure.remedy}`,
      showLog,
    );
    if (answer === showLog) {
      log.show();
    }
  }
}
