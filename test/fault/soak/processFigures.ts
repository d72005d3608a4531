import { readdirSync, readFileSync } from 'node:fs';

/** What one process holds at one moment. */
export interface Figures {
  readonly seconds: number;
  readonly rssMib: number;
  readonly handles: number;
  readonly threads: number;
}

/** Reads Linux's figures of a process; there are no such elsewhere. */
export function readFigures(pid: number, seconds: number): Figures {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    seconds,
    rssMib: field('VmRSS') / 1024,
    handles: readdirSync(`/proc/${pid}/fd`).length,
    threads: field('Threads'),
  };
}

/** How far the later half may lie above the time after warming up. */
export const bounds = { rssShare: 0.1, rssMib: 48, handles: 8, threads: 4 } as const;

export interface Trend {
  readonly name: string;
  readonly early: number;
  readonly late: number;
  readonly allowed: number;
  /** By least squares over all but the warm-up, per hour. */
  readonly perHour: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const shared = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  return spread === 0 ? 0 : shared / spread;
}

/** The first third warms up; the medians of the second and the last third are compared. */
export function findTrends(samples: readonly Figures[]): Trend[] {
  const third = Math.floor(samples.length / 3);
  const [early, late] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  const trend = (
    name: string,
    of: (figures: Figures) => number,
    allowedOf: (v: number) => number,
  ) => {
    const before = median(early.map(of));
    return {
      name,
      early: before,
      late: median(late.map(of)),
      allowed: allowedOf(before),
      perHour: slope([...early, ...late].map((s) => ({ x: s.seconds / 3600, y: of(s) }))),
    };
  };
  return [
    trend(
      'memory, MiB',
      ({ rssMib }) => rssMib,
      (mib) => mib * (1 + bounds.rssShare) + bounds.rssMib,
    ),
    trend(
      'handles',
      ({ handles }) => handles,
      (count) => count + bounds.handles,
    ),
    trend(
      'threads',
      ({ threads }) => threads,
      (count) => count + bounds.threads,
    ),
  ];
}
