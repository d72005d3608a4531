import { describe, expect, it } from 'vitest';
import { formatOutcomes, readOutcome } from '../../../tools/scripts/testReport.ts';

const report = (...files: readonly (readonly string[])[]) => {
  const all = files.flat();
  const count = (status: string) => all.filter((one) => one === status).length;
  return JSON.stringify({
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('skipped'),
    numTodoTests: 0,
    testResults: files.map((statuses) => ({
      status: statuses.length === 0 || statuses.includes('failed') ? 'failed' : 'passed',
      assertionResults: statuses.map((status, n) => ({ status, fullName: `test ${n} ${status}` })),
    })),
  });
};

describe('the report of the tests', () => {
  it('counts what passed, failed and was skipped, and names the latter', () => {
    expect(readOutcome('unit', report(['passed', 'skipped'], ['passed', 'failed']), 3)).toEqual({
      tier: 'unit',
      passed: 2,
      failed: 1,
      skipped: 1,
      why: ['test 1 skipped'],
      seconds: 3,
    });
  });

  it('counts a file that cannot be loaded as failed', () => {
    expect(readOutcome('unit', report(['passed'], []), 3)).toMatchObject({ passed: 1, failed: 1 });
  });

  it('ends with a table and the reasons', () => {
    const why = ['there is no browser'];
    const skipped = { tier: 'webview', passed: 0, failed: 0, skipped: 57, why, seconds: 0.2 };
    expect(formatOutcomes([readOutcome('unit', report(['passed']), 21.4), skipped])).toBe(
      `
suite        passed   failed  skipped  seconds
unit              1        0        0       21
webview           0        0       57        0

Skipped:
  webview: there is no browser

`,
    );
  });
});
