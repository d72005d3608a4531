export interface TimeLeft {
  readonly unit: 's' | 'min' | 'h';
  readonly count: number;
}

/** Rounds a remaining time for display, coarsely: it is an estimate. Hours keep one decimal. */
export function roundTimeLeft(seconds: number): TimeLeft {
  if (seconds < 50) {
    return { unit: 's', count: Math.max(5, Math.ceil(seconds / 5) * 5) };
  }
  if (seconds < 50 * 60) {
    return { unit: 'min', count: Math.max(1, Math.round(seconds / 60)) };
  }
  return { unit: 'h', count: Math.round(seconds / 360) / 10 };
}

const units = { s: 'second', min: 'minute', h: 'hour' } as const;

/** A time such as "40 minutes" in a language, rounded as `roundTimeLeft` does. */
export function formatTimeSpan(seconds: number, language: string | undefined): string {
  const { unit, count } = roundTimeLeft(seconds);
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[unit],
    unitDisplay: 'long',
    maximumFractionDigits: 1,
  }).format(count);
}
