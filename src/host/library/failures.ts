import * as vscode from 'vscode';
import { isAbort, toFamiliarError } from '../../common/failure.ts';
import type { Failure } from '../../protocol/failureSchema.ts';
import { inTheirLanguage } from '../l10n/failureTexts.ts';

/** An error as people are shown it, in the form that crosses borders. */
export function toShownFailure(error: unknown): Failure {
  const { code, message, remedy } = toFamiliarError(error);
  return inTheirLanguage({ code, message, remedy });
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
    log.error(toFamiliarError(error));
    showFailure(log, toShownFailure(error));
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
