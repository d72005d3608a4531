// npm run check: format, lint, import rules, types and unit tests.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildKernel } from './kernel.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function run(module: string, ...args: string[]): void {
  const script = join(root, 'node_modules', ...module.split('/'));
  const { status } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    process.exit(status ?? 1);
  }
}

buildKernel();
run('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--max-diagnostics=40');
run(
  'dependency-cruiser/bin/dependency-cruise.mjs',
  '--config',
  'tools/importRules.mjs',
  'src',
  'webview',
  'tools',
);
// Code that runs in a page is checked with the DOM's types, all other without them.
for (const project of ['.', 'webview', 'test/webview', 'test/e2e']) {
  run('typescript/bin/tsc', '-p', project);
}
run('vitest/vitest.mjs', 'run', '--project', 'unit');
