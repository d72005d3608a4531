import * as l10n from '@vscode/l10n';
import type { FamiliarError } from '../src/common/failure.ts';
import type { Likelihood } from '../src/common/likelihood.ts';
import { pluralForm } from '../src/common/plural.ts';
import { formatTimeSpan } from '../src/common/timeLeft.ts';

/** Of the texts, which is that of the page only where there are translations. */
let language = 'en';

/**
 * Begins the language of the page, and its direction; before its first text is drawn. Without
 * translations the page is English and keeps its direction.
 */
export function useTranslations(bundle: Readonly<Record<string, string>> | null): void {
  l10n.config({ contents: { ...bundle } });
  if (bundle !== null) {
    language = document.documentElement.lang || 'en';
    document.documentElement.dir = directionOf(language);
  }
}

/** Intl.Locale as browsers have it; TypeScript's library lacks the method. */
interface LocaleOfBrowser extends Intl.Locale {
  getTextInfo?(): { readonly direction?: 'ltr' | 'rtl' };
}

function directionOf(language: string): 'ltr' | 'rtl' {
  const locale: LocaleOfBrowser = new Intl.Locale(language);
  return locale.getTextInfo?.().direction ?? 'ltr';
}

const number = new Intl.NumberFormat(document.documentElement.lang || undefined);
const percentage = new Intl.NumberFormat(document.documentElement.lang || undefined, {
  style: 'percent',
  maximumFractionDigits: 0,
});
const cosine = new Intl.NumberFormat(document.documentElement.lang || undefined, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

/** A part of one, as whole per cent. */
export const percent = (value: number): string => percentage.format(value);
/** A cosine similarity, to two places. */
export const decimal = (value: number): string => cosine.format(value);

/** On a card, where there is little room. */
const shortLikelihood: Readonly<Record<Likelihood, () => string>> = {
  veryLikely: () => l10n.t('Very likely'),
  likely: () => l10n.t('Likely'),
  possible: () => l10n.t('Possible'),
  unlikely: () => l10n.t('Unlikely'),
};
const longLikelihood: Readonly<Record<Likelihood, () => string>> = {
  veryLikely: () => l10n.t('Very likely the same character'),
  likely: () => l10n.t('Likely the same character'),
  possible: () => l10n.t('Possibly the same character'),
  unlikely: () => l10n.t('Probably another character'),
};

/** A count with the digits and separators of the language. */
export const count = (value: number): string => number.format(value);
export const plural = (forms: string, value: number): string => pluralForm(forms, value, language);

export const images = (value: number): string =>
  plural(l10n.t('{0} image|{0} images', count(value)), value);
export const faces = (value: number): string =>
  plural(l10n.t('{0} face|{0} faces', count(value)), value);

/** Every text of the page, by what it says. English is the key of the translations. */
export const text = {
  loading: () => l10n.t('Loading'),

  emptyTitle: () => l10n.t('Find every picture of a character'),
  emptyHow: () =>
    l10n.t('Right-click an image in the Explorer and choose Find Similar Characters, or:'),
  emptyDrop: () => l10n.t('Drop an image here (from the Explorer while holding Shift)'),
  choose: () => l10n.t('Choose Image…'),
  paste: () => l10n.t('Paste from Clipboard'),
  librarySize: (library: { readonly images: number; readonly faces: number }) =>
    l10n.t('{0} and {1} indexed', images(library.images), faces(library.faces)),
  libraryNotYet: () => l10n.t('No images have been indexed yet'),
  libraryEmpty: () => l10n.t('There are no images here that can be read'),

  noFolderTitle: () => l10n.t('No folder is open'),
  noFolderText: () => l10n.t('Open a folder with pictures to find characters in it.'),
  openFolder: () => l10n.t('Open Folder'),
  untrustedTitle: () => l10n.t('This workspace is in Restricted Mode'),
  untrustedText: () =>
    l10n.t('Images are decoded only in workspaces that you trust. Trust it to begin indexing.'),
  manageTrust: () => l10n.t('Manage Workspace Trust'),
  largeTitle: ({ value, isExact }: { readonly value: number; readonly isExact: boolean }) =>
    isExact
      ? plural(l10n.t('{0} image to index|{0} images to index', count(value)), value)
      : plural(
          l10n.t('{0} or more image to index|{0} or more images to index', count(value)),
          value,
        ),
  largeText: (seconds: number) =>
    l10n.t(
      'That takes about {0}. It runs in the background and can be paused at any time.',
      formatTimeSpan(seconds, document.documentElement.lang || undefined),
    ),
  startIndexing: () => l10n.t('Start Indexing'),

  lostTitle: () => l10n.t('The engine stopped'),
  lostText: () => l10n.t('It ended unexpectedly several times and was not started again.'),
  restart: () => l10n.t('Restart'),
  showLog: () => l10n.t('Show Log'),
  startFailedTitle: () => l10n.t('The view could not be loaded'),
  retry: () => l10n.t('Try Again'),
  openFailedTitle: () => l10n.t('The image could not be opened'),
  searchFailedTitle: () => l10n.t('The search failed'),
  dismiss: () => l10n.t('Dismiss'),

  opening: (name: string) => l10n.t('Opening {0}…', name),
  openingMany: (value: number) =>
    plural(l10n.t('Opening {0} image…|Opening {0} images…', count(value)), value),
  searching: () => l10n.t('Searching…'),
  starting: () => l10n.t('Getting ready…'),

  queryImages: () => l10n.t('Query images'),
  queryImage: (name: string) => l10n.t('Query image {0}', name),
  closeQuery: (name: string) => l10n.t('Remove {0} from the query', name),
  outsideLibrary: () => l10n.t('Not part of the workspace'),
  copiesOfQuery: (value: number) =>
    plural(
      l10n.t('{0} file with the same content|{0} files with the same content', count(value)),
      value,
    ),

  facesOf: (name: string) => l10n.t('Faces in {0}', name),
  face: (face: number) => l10n.t('Face {0}', face),
  faceNamed: (face: number, character: string) => l10n.t('Face {0}, {1}', face, character),
  faceScore: (score: string) => l10n.t('detected with {0} certainty', score),
  faceManual: () => l10n.t('drawn by hand'),
  faceHint: () => l10n.t('Click to search by this face alone, Ctrl+Click to add or remove it'),
  removeFace: (face: number) => l10n.t('Remove face {0}', face),
  notAFace: () => l10n.t('This is not a face: leave it out of all searches'),
  searchBy: () => l10n.t('Search by'),
  wholeImage: () => l10n.t('Whole image'),
  allFaces: () => l10n.t('All faces'),
  drawFace: () => l10n.t('Draw a face'),
  drawFaceHint: () => l10n.t('Draw a box around a face that was not found'),
  drawInstructions: () => l10n.t('Drag a box around the face. Esc cancels.'),
  drawKeys: () =>
    l10n.t('Arrow keys move the box, Shift+Arrow keys resize it, Enter takes it, Esc cancels.'),
  drawArea: () => l10n.t('Box around a face'),
  boxAt: (left: string, top: string, width: string, height: string) =>
    l10n.t('Left {0}, top {1}, width {2}, height {3}', left, top, width, height),

  noFaceTitle: () => l10n.t('No face was found in this image'),
  noFaceText: () => l10n.t('Searching by the feel of the whole image. Is there a face? Draw it.'),
  byWholeImage: () => l10n.t('Searching by the feel of the whole image.'),

  slider: () => l10n.t('Same character or same feel'),
  sameCharacter: () => l10n.t('Same character'),
  sameFeel: () => l10n.t('Same feel'),
  weightValue: (character: string, feel: string) =>
    l10n.t('{0} character, {1} feel', character, feel),
  weightOff: () => l10n.t('Choose a face to weigh character against feel'),
  weightReset: () => l10n.t('Double-click or press Delete to reset'),

  results: () => l10n.t('Similar images'),
  resultCount: images,
  soFar: () => l10n.t('so far'),
  exactSearch: () => l10n.t('Exact search: slower, used where no native index is available'),
  nothingTitle: () => l10n.t('Nothing similar was found'),
  nothingText: () => l10n.t('Try another face, the whole image, or a place nearer to same feel.'),
  nothingIndexed: () => l10n.t('There are no other indexed images to compare with.'),
  nothingYetTitle: () => l10n.t('Nothing similar so far'),
  nothingYet: () => l10n.t('Indexing goes on, and results appear here as they are found.'),

  likelihood: (likelihood: Likelihood) => shortLikelihood[likelihood](),
  character: (likelihood: Likelihood) => longLikelihood[likelihood](),
  feel: (value: string) => l10n.t('feel {0}', value),
  identityCosine: (value: string) => l10n.t('Character (cosine): {0}', value),
  lookCosine: (value: string) => l10n.t('Feel (cosine): {0}', value),
  pixels: (width: number, height: number) => l10n.t('{0} × {1} pixels', width, height),
  position: (index: number, total: number) => l10n.t('{0} of {1}', count(index), count(total)),
  copies: (value: number) =>
    plural(l10n.t('{0} identical copy|{0} identical copies', count(value)), value),
  copiesTitle: () => l10n.t('Files with the same content'),
  searchFromHere: () => l10n.t('Search from here'),
  noThumbnail: () => l10n.t('No preview'),

  indexing: (done: number, total: number) =>
    l10n.t('Indexing {0} of {1}', count(done), count(total)),
  scanning: () => l10n.t('Looking for images…'),
  paused: (done: number, total: number) =>
    l10n.t('Indexing paused at {0} of {1}', count(done), count(total)),
  partial: () => l10n.t('Results are complete when indexing has ended.'),
  rate: (value: number) => l10n.t('{0} per second', count(value)),
  secondsLeft: (seconds: number) => l10n.t('{0} s left', count(seconds)),
  minutesLeft: (minutes: number) => l10n.t('{0} min left', count(minutes)),
  hoursLeft: (hours: number) => l10n.t('{0} h left', count(hours)),
  pause: () => l10n.t('Pause Indexing'),
  resume: () => l10n.t('Resume Indexing'),
  indexFailed: () => l10n.t('Indexing stopped'),
  showLibrary: () => l10n.t('Show Library'),

  dropHere: () => l10n.t('Drop to find similar characters'),
  tooLarge: (name: string) => l10n.t('{0} is larger than 64 MB', name),
  tooLargeRemedy: () => l10n.t('Open it from the Explorer instead, or choose a smaller file.'),
  notAnImage: (name: string) => l10n.t('{0} is not an image', name),
  notAnImageRemedy: () =>
    l10n.t('Drop or paste image files, such as PNG, JPEG, WebP, SVG, PSD or KRA.'),
  noImageInClipboard: () => l10n.t('The clipboard holds no image'),
  noImageRemedy: () => l10n.t('Copy a picture or an image file, then paste it here.'),
  pressPaste: () => l10n.t('Press Ctrl+V (⌘V on a Mac) to paste the image.'),

  lookAtThem: () => l10n.t('Look at Them'),

  reload: () => l10n.t('Reload the window; if it happens again, please report it with the log.'),
} as const;

/** What to do about a failure: the host's words, or ours for a defect of the page itself. */
export function remedyOf({ code, remedy }: FamiliarError): string {
  return code === 'internal' ? text.reload() : remedy;
}
