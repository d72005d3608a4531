import { basename, dirname, extname } from 'node:path';

/** One file of a group of copies. */
export interface CopyFile {
  readonly path: string;
  /** Below its workspace folder, with forward slashes. */
  readonly relativePath: string;
  /** Pixels of the upright image. */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
}

/** What makes the best copy better than the next one. */
export type BestReason = 'pixels' | 'format' | 'bytes' | 'path';

/** Formats that keep every pixel; the others lose something each time they are saved. */
const lossless: ReadonlySet<string> = new Set([
  ...['.apng', '.bmp', '.dib', '.png', '.svg', '.svgz', '.tif', '.tiff'],
]);
/** Names that programs and people give to second copies. */
const copyName =
  /(^|[^a-z])(copy|kopie|backup|bak|old|tmp|temp|thumb|duplicate)([^a-z]|$)|\(\d+\)|~$/i;

interface Rule {
  readonly reason: BestReason;
  /** Higher is better. */
  readonly value: (file: CopyFile) => number;
}

const rules: readonly Rule[] = [
  { reason: 'pixels', value: ({ width, height }) => width * height },
  { reason: 'format', value: ({ path }) => (lossless.has(extname(path).toLowerCase()) ? 1 : 0) },
  // Of one lossy format the larger file was compressed less; a lossless one only packed worse.
  {
    reason: 'bytes',
    value: ({ path, bytes }) => (lossless.has(extname(path).toLowerCase()) ? 0 : bytes),
  },
  { reason: 'path', value: ({ relativePath }) => (isCopyName(relativePath) ? 0 : 1) },
  { reason: 'path', value: ({ relativePath }) => -relativePath.split('/').length },
  { reason: 'path', value: ({ relativePath }) => -relativePath.length },
];

function isCopyName(relativePath: string): boolean {
  const name = basename(relativePath, extname(relativePath));
  return (
    copyName.test(name) ||
    dirname(relativePath)
      .split('/')
      .some((part) => copyName.test(part))
  );
}

/** Best first: most pixels, a lossless format, least compressed, and the plainest path. */
export function compareCopies(a: CopyFile, b: CopyFile): number {
  for (const { value } of rules) {
    const difference = value(b) - value(a);
    if (difference !== 0) {
      return difference;
    }
  }
  return a.relativePath < b.relativePath ? -1 : 1;
}

/** Which rule decided between the best file and another one. */
export function reasonFor(best: CopyFile, other: CopyFile): BestReason {
  return rules.find(({ value }) => value(best) !== value(other))?.reason ?? 'path';
}
