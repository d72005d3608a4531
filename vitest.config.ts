import { defineConfig } from 'vitest/config';

// The pipeline tests run real models and real processes on what may be a small shared machine:
// the time limits only end what hangs, nothing is asserted about speed.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
