import type { TestProject } from 'vitest/node';
import { launchBrowserServer } from './browser.ts';
import { startServer } from './server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Origin of the server of the page and its pictures. */
    readonly origin: string;
    /** Address of the browser that all files share. */
    readonly browser: string;
  }
}

/** One server and one browser for all files: each opens contexts of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  const browser = await launchBrowserServer();
  project.provide('origin', server.origin);
  project.provide('browser', browser.wsEndpoint());
  return async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  };
}
