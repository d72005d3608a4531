import { z } from 'zod';

/** What became of the tests of one tier. */
export interface Outcome {
  readonly tier: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why tests were skipped: the reason, or the names of those that skip themselves. */
  readonly why: readonly string[];
  readonly seconds: number;
}

/** The parts of vitest's JSON report that count. */
const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

/** @param text a report of vitest's JSON reporter */
export function readOutcome(tier: string, text: string, seconds: number): Outcome {
  const report = reportSchema.parse(JSON.parse(text));
  // A file that cannot even be loaded has failed without a test.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const skipped = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => ['pending', 'skipped', 'todo'].includes(status)),
  );
  return {
    tier,
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
    why: skipped.map(({ fullName }) => fullName),
    seconds,
  };
}

/** The table at the end of a run, with the reasons for what was skipped below it. */
export function formatOutcomes(outcomes: readonly Outcome[]): string {
  const row = (cells: readonly (string | number)[]) =>
    cells.map((cell, i) => (i === 0 ? `${cell}`.padEnd(10) : `${cell}`.padStart(9))).join('');
  const reasons = outcomes.flatMap(({ tier, why }) => why.map((one) => `  ${tier}: ${one}`));
  return [
    '',
    row(['suite', 'passed', 'failed', 'skipped', 'seconds']),
    ...outcomes.map(({ tier, passed, failed, skipped, seconds }) =>
      row([tier, passed, failed, skipped, seconds.toFixed(0)]),
    ),
    ...(reasons.length > 0 ? ['', 'Skipped:', ...reasons] : []),
    '',
    '',
  ].join('\n');
}
