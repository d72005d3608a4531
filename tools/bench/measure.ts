/** The value below which the share `p` (0…1) of the values lies. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]) => percentile(values, 0.5);

export interface Timing {
  /** Milliseconds by the clock. */
  readonly ms: number;
  /** Milliseconds of this process on all processors, without what it waited for one. */
  readonly processorMs: number;
}

/** How long the work takes, and what it gives. */
export async function timed<T>(
  work: () => T | Promise<T>,
): Promise<Timing & { readonly value: T }> {
  const begun = performance.now();
  const before = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - begun, processorMs: (user + system) / 1_000, value };
}

/** Resident memory of this process, in megabytes. */
export function residentMb(): number {
  return process.memoryUsage().rss / 1e6;
}

/** One table of the report. */
export interface Table {
  readonly title: string;
  /** What was done, on what, and what the goal is. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** The tables in GitHub's Markdown, columns aligned for reading as plain text. */
export function toMarkdown(tables: readonly Table[]): string {
  return tables
    .map(({ title, note, columns, rows }) => {
      const cells = [columns, ...rows].map((row) => row.map(String));
      const widths = columns.map((_, i) => Math.max(3, ...cells.map((row) => row[i]?.length ?? 0)));
      const line = (row: readonly string[]) =>
        `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
      const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
      const [header, ...body] = cells;
      return [`## ${title}`, note, [line(header ?? []), rule, ...body.map(line)].join('\n')].join(
        '\n\n',
      );
    })
    .join('\n\n');
}
