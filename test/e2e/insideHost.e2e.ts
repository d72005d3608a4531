import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Fixture } from './harness/fixture.ts';
import { patienceMs } from './harness/workbench.ts';

const fixture = new Fixture({ images: 12, characters: 2, smokeTestDriver: true, closed: true });

const resultSchema = z.object({ name: z.string(), failure: z.string().nullable() });
type Result = z.infer<typeof resultSchema>;

test('commands and settings work inside the extension host', async () => {
  const suite = await bundleSuite(join(dirname(fixture.folder), 'suite'));
  const page = await fixture.browser.newPage();
  const results = await runSuite(page, suite);
  await page.close();
  expect(results.filter(({ failure }) => failure !== null)).toEqual([]);
  expect(results.length).toBeGreaterThan(8);
});

/** @returns the folder of an extension with nothing but the tests */
async function bundleSuite(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const manifest = { name: 'suite', publisher: 'test', version: '0.0.1', engines: { vscode: '*' } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await build({
    entryPoints: [fileURLToPath(new URL('inside/suite.ts', import.meta.url))],
    outfile: join(folder, 'index.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
  });
  return folder;
}

/** Opens a window that runs the tests, and reads their results off its log. */
async function runSuite(page: Page, suite: string): Promise<Result[]> {
  const { server, folder } = fixture;
  const results: Result[] = [];
  const ended = Promise.withResolvers<number>();
  await page.exposeFunction('codeAutomationLog', (_type: string, lines: readonly unknown[]) => {
    for (const line of lines.flat()) {
      const text = String(line);
      if (text.startsWith('RESULT ')) {
        results.push(resultSchema.parse(JSON.parse(text.slice('RESULT '.length))));
      }
    }
  });
  await page.exposeFunction('codeAutomationExit', (code: number) => ended.resolve(code));
  const remote = (path: string) => `vscode-remote://127.0.0.1:${server.port}${path}`;
  const payload = [
    ['extensionDevelopmentPath', remote(suite)],
    ['extensionTestsPath', remote(join(suite, 'index.js'))],
  ];
  const address = `${server.folderUrl(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
  await page.goto(address);
  const timer = setTimeout(
    () => ended.reject(new Error(`Expected the tests to end but only ${results.length} did.`)),
    3 * patienceMs,
  );
  await ended.promise.finally(() => clearTimeout(timer));
  return results;
}
