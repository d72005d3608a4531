import { defineConfig } from 'vitest/config';

// A real VS Code in a real browser, one window at a time: two of them are more than a small
// machine has memory for. The time limits only end what hangs.
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: ['test/e2e/harness/globalSetup.ts'],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
