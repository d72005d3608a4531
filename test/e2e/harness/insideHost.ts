import { join } from 'node:path';
import { z } from 'zod';
import type { Fixture } from './fixture.ts';
import { patienceMs } from './workbench.ts';

const resultSchema = z.object({ name: z.string(), failure: z.string().nullable() });
/** The outcome of one test inside the extension host. */
export type InsideResult = z.infer<typeof resultSchema>;

/** Opens a window of the fixture's server that runs the tests, and reads their results off its log. */
export async function runSuite(fixture: Fixture, suite: string): Promise<InsideResult[]> {
  const { server, folder, browser } = fixture;
  const page = await browser.newPage();
  const results: InsideResult[] = [];
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
  await page.goto(
    `${server.folderUrl(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`,
  );
  const timer = setTimeout(
    () => ended.reject(new Error(`Expected the tests to end but only ${results.length} did.`)),
    3 * patienceMs,
  );
  await ended.promise.finally(() => clearTimeout(timer));
  await page.close();
  return results;
}
