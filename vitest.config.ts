import { defineConfig } from 'vitest/config';

/** One tier of `npm test`; `tools/scripts/testTiers.ts` says what each needs. */
function tier(name: string, folders: readonly string[], options: object = {}) {
  return {
    extends: true,
    test: { name, include: folders.map((folder) => `test/${folder}/**/*.test.ts`), ...options },
  } as const;
}

// The tests run real models and real processes on what may be a small shared machine: the time
// limits only end what hangs, nothing is asserted about speed.
export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 180_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      tier('unit', ['unit']),
      tier('postgres', ['postgres']),
      tier('webview', ['webview'], { globalSetup: ['test/webview/harness/globalSetup.ts'] }),
      tier('libraries', ['desktop']),
      tier('engine', ['engine', 'fault']),
      tier('training', ['training']),
    ],
  },
});
