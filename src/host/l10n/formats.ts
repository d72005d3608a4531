import * as vscode from 'vscode';
import { pluralForm } from '../../common/plural.ts';
import { formatTimeSpan, roundTimeLeft } from '../../common/timeLeft.ts';
import type { Progress } from '../../protocol/engineProtocol.ts';

/** A count with the separators of the person's language. */
export function formatCount(count: number): string {
  return count.toLocaleString(vscode.env.language);
}

/** The form of a translated text for a count; its forms are separated by `|`. */
export function plural(forms: string, count: number): string {
  const { bundle } = vscode.l10n;
  return pluralForm(forms, count, bundle === undefined ? 'en' : vscode.env.language);
}

/** "12 images" in the case that follows "in" and "of". */
export function formatInImages(images: number): string {
  const forms = vscode.l10n.t({
    message: '{0} image|{0} images',
    args: [formatCount(images)],
    comment: ['follows "in" and "of": 5 faces in 3 images, 5 faces of 3 images'],
  });
  return plural(forms, images);
}

/** "12 faces". */
export function formatFaces(faces: number): string {
  return plural(vscode.l10n.t('{0} face|{0} faces', formatCount(faces)), faces);
}

/** Bytes as MB and the like, by powers of 1000 as file managers do. */
export function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return new Intl.NumberFormat(vscode.env.language, {
    style: 'unit',
    unit: units[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power > 1 ? 1 : 0,
  }).format(bytes / 1000 ** power);
}

/** "2 min left", coarse on purpose: it is an estimate. */
export function formatRemaining(seconds: number): string {
  const { unit, count } = roundTimeLeft(seconds);
  if (unit === 's') {
    return vscode.l10n.t('{0} s left', formatCount(count));
  }
  if (unit === 'min') {
    return vscode.l10n.t('{0} min left', formatCount(count));
  }
  const hours = new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: 1 });
  return vscode.l10n.t('{0} h left', hours.format(count));
}

/** "40 minutes", coarse on purpose: it is an estimate. */
export function formatDuration(seconds: number): string {
  return formatTimeSpan(seconds, vscode.env.language);
}

/** "45 images/s" or, where it is slow, "0.5 images/s". */
export function formatRate(imagesPerSecond: number): string {
  const digits = imagesPerSecond < 10 ? 1 : 0;
  const rate = new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: digits });
  return plural(
    vscode.l10n.t('{0} image/s|{0} images/s', rate.format(imagesPerSecond)),
    imagesPerSecond,
  );
}

/** Rate and time left, as far as they are known, in one line. */
export function formatPace({ imagesPerSecond, remainingSeconds }: Progress): string {
  return [
    imagesPerSecond === null ? [] : [formatRate(imagesPerSecond)],
    remainingSeconds === null ? [] : [formatRemaining(remainingSeconds)],
  ]
    .flat()
    .join(' · ');
}
