import * as vscode from 'vscode';
import type { FailureCode } from '../../common/failure.ts';
import type { Failure } from '../../protocol/failureSchema.ts';
import { oldestNode } from '../runtime/findNode.ts';

interface FailureText {
  readonly message: string;
  readonly remedy: string;
}

/**
 * A failure in the language of VS Code. What the engine says is English: in an English window it
 * is shown as it is, in any other one its code is put into words. The log keeps the exact ones.
 */
export function inTheirLanguage(failure: Failure): Failure {
  const { code, message } = failure;
  if (vscode.l10n.bundle === undefined || !hasText(code)) {
    return failure;
  }
  const known = texts[code]();
  // Of a defect, its own words are all that there is to report.
  const details = code === 'internal' ? ` (${message})` : '';
  return { code, message: `${known.message}${details}`, remedy: known.remedy };
}

/** What happened to a file, as short as a row of the Library view. */
export function inShort(failure: Failure): string {
  return shortTexts[failure.code]?.() ?? inTheirLanguage(failure).message;
}

const shortTexts: Readonly<Partial<Record<FailureCode, () => string>>> = {
  'file-missing': () => vscode.l10n.t('No longer there'),
  'file-unreadable': () => vscode.l10n.t('Cannot be read'),
  'file-empty': () => vscode.l10n.t('Empty file'),
  'file-changed': () => vscode.l10n.t('Changed while it was read'),
  'file-name': () => vscode.l10n.t('Name is not valid text'),
  'folder-away': () => vscode.l10n.t('Folder is away'),
  'image-format': () => vscode.l10n.t('Not a readable image'),
  'image-damaged': () => vscode.l10n.t('Damaged image'),
  'image-too-large': () => vscode.l10n.t('Image too large'),
  'image-crashed': () => vscode.l10n.t('Crashed the engine'),
};

/** Codes whose words the host says itself, or that are only met on the command line. */
type SpokenElsewhere = 'argument' | 'query-empty' | 'shared-library';

function hasText(code: FailureCode): code is Exclude<FailureCode, SpokenElsewhere> {
  return code in texts;
}

/** What people may know of a code. */
const texts: Readonly<Record<Exclude<FailureCode, SpokenElsewhere>, () => FailureText>> = {
  'file-missing': () => ({
    message: vscode.l10n.t('The file is no longer there.'),
    remedy: vscode.l10n.t('Restore the file, or choose another image.'),
  }),
  'file-unreadable': () => ({
    message: vscode.l10n.t('The file cannot be read.'),
    remedy: vscode.l10n.t('Check that you may read it and that its drive is connected.'),
  }),
  'folder-away': () => ({
    message: vscode.l10n.t('The folder is away.'),
    remedy: vscode.l10n.t('Connect its drive or share. Its images stay in the library until then.'),
  }),
  'file-empty': () => ({
    message: vscode.l10n.t('The file is empty.'),
    remedy: vscode.l10n.t('Restore it from its source, or delete it.'),
  }),
  'file-changed': () => ({
    message: vscode.l10n.t('The file changed while it was read.'),
    remedy: vscode.l10n.t('It is read again once nothing writes to it any more.'),
  }),
  'file-name': () => ({
    message: vscode.l10n.t('The name of the file is not valid text.'),
    remedy: vscode.l10n.t('Rename the file.'),
  }),
  'image-format': () => ({
    message: vscode.l10n.t('The file is not an image that can be read.'),
    remedy: vscode.l10n.t('Export it as PNG, or exclude it from indexing.'),
  }),
  'image-damaged': () => ({
    message: vscode.l10n.t('The image is damaged.'),
    remedy: vscode.l10n.t('Save it again in an image editor, or restore it from its source.'),
  }),
  'image-too-large': () => ({
    message: vscode.l10n.t('The image is too large.'),
    remedy: vscode.l10n.t('Shrink it, raise the setting for the largest image, or exclude it.'),
  }),
  'image-crashed': () => ({
    message: vscode.l10n.t('The image crashed the engine.'),
    remedy: vscode.l10n.t('Try it again; if it fails once more, please report it.'),
  }),
  'model-manifest': () => ({
    message: vscode.l10n.t('The model manifest is invalid.'),
    remedy: vscode.l10n.t(
      'Check the setting for the models folder, or install Familiar Faces again.',
    ),
  }),
  'model-file': () => ({
    message: vscode.l10n.t('A model file is missing or damaged.'),
    remedy: vscode.l10n.t(
      'Check the setting for the models folder, or install Familiar Faces again.',
    ),
  }),
  'model-output': () => ({
    message: vscode.l10n.t('A model does not answer as its description says.'),
    remedy: vscode.l10n.t(
      'Check the setting for the models folder, or install Familiar Faces again.',
    ),
  }),
  'provider-failed': () => ({
    message: vscode.l10n.t('The graphics hardware failed.'),
    remedy: vscode.l10n.t('Update its driver, or set the execution provider to "cpu".'),
  }),
  'store-damaged': () => ({
    message: vscode.l10n.t('The library is damaged.'),
    remedy: vscode.l10n.t('Reload the window: the library is then built anew from your images.'),
  }),
  'store-locked': () => ({
    message: vscode.l10n.t('Another window is writing to this library.'),
    remedy: vscode.l10n.t('Wait until it is done, or close that window.'),
  }),
  'store-full': () => ({
    message: vscode.l10n.t('The disk is full.'),
    remedy: vscode.l10n.t('Free some space, then start indexing again.'),
  }),
  'store-readonly': () => ({
    message: vscode.l10n.t('The library cannot be written to.'),
    remedy: vscode.l10n.t('Check that you may write to its folder.'),
  }),
  'store-version': () => ({
    message: vscode.l10n.t('The library was made by another version of Familiar Faces.'),
    remedy: vscode.l10n.t(
      'Update Familiar Faces, or delete the folder of the library to index anew.',
    ),
  }),
  'index-damaged': () => ({
    message: vscode.l10n.t('The search index is damaged.'),
    remedy: vscode.l10n.t('It is built again from the library by itself.'),
  }),
  'index-build': () => ({
    message: vscode.l10n.t('The search index could not be built.'),
    remedy: vscode.l10n.t('Searching goes on without it, only slower.'),
  }),
  'query-unknown': () => ({
    message: vscode.l10n.t('The library has changed since.'),
    remedy: vscode.l10n.t('Search for the image again.'),
  }),
  'engine-lost': () => ({
    message: vscode.l10n.t('The engine ended unexpectedly.'),
    remedy: vscode.l10n.t(
      'Look at the log, then start it again with Familiar Faces: Restart Engine.',
    ),
  }),
  'engine-runtime': () => ({
    message: vscode.l10n.t('No Node.js on this machine can run the engine.'),
    remedy: vscode.l10n.t(
      'Install Node.js {0} or newer, then run Familiar Faces: Restart Engine.',
      oldestNode,
    ),
  }),
  internal: () => ({
    message: vscode.l10n.t('Something went wrong in Familiar Faces.'),
    remedy: vscode.l10n.t('Please report it with the log.'),
  }),
};
