import * as vscode from 'vscode';
import type { Progress } from '../protocol/engineProtocol.ts';

/** A count with the separators of the person's language. */
export function formatCount(count: number): string {
  return count.toLocaleString(vscode.env.language);
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
  if (seconds < 50) {
    return vscode.l10n.t('{0} s left', Math.max(5, Math.ceil(seconds / 5) * 5));
  }
  if (seconds < 50 * 60) {
    return vscode.l10n.t('{0} min left', Math.max(1, Math.round(seconds / 60)));
  }
  const hours = new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: 1 });
  return vscode.l10n.t('{0} h left', hours.format(seconds / 3600));
}

/** "45 images/s" or, where it is slow, "0.5 images/s". */
export function formatRate(imagesPerSecond: number): string {
  const digits = imagesPerSecond < 10 ? 1 : 0;
  const rate = new Intl.NumberFormat(vscode.env.language, { maximumFractionDigits: digits });
  return vscode.l10n.t('{0} images/s', rate.format(imagesPerSecond));
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
