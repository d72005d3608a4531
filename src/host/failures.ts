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
    showFailure(log, failure);
  }
}

/** The command has ended: nothing waits until the person has read of it. */
function showFailure(log: vscode.LogOutputChannel, { message, remedy }: Failure): void {
  const showLog = vscode.l10n.t('Show Log');
  vscode.window.showErrorMessage(`${message} ${remedy}`, showLog).then((answer) => {
    if (answer === showLog) {
      log.show();
    }
  });
}
