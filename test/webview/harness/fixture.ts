import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchBrowser } from './browser.ts';
import { foundState } from './library.ts';
import { type HarnessServer, startServer } from './server.ts';
import { View, type ViewOptions } from './view.ts';

export interface Fixture {
  readonly origin: string;
  /** Opens the application on a search with results, or on what the options say. */
  open(options?: Partial<ViewOptions>): Promise<View>;
}

/**
 * One browser and one server for a test file. After each test nothing may be left in the
 * `complaints` of its views; a test that provokes some takes them out.
 */
export function useBrowser(): Fixture {
  let browser: Browser | undefined;
  let server: HarnessServer | undefined;
  let opened: View[] = [];
  beforeAll(async () => {
    server = await startServer();
    browser = await launchBrowser();
  });
  // Whatever else a test is about, the page breaks neither its policy nor the protocol.
  afterEach(() => {
    const complaints = opened.flatMap((view) => view.complaints);
    opened = [];
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
  });
  return {
    get origin() {
      return server?.origin ?? '';
    },
    async open(options = {}) {
      if (browser === undefined || server === undefined) {
        throw new Error('Expected the browser to run but it has not been started');
      }
      const { origin } = server;
      const view = await View.open(browser, { origin, ...foundState(origin), ...options });
      opened.push(view);
      return view;
    },
  };
}

/** Waits until the view has sent that many requests of a method; answers with the last one. */
export async function lastRequest<M extends Parameters<View['paramsOf']>[0]>(
  view: View,
  method: M,
  count = 1,
) {
  await expect.poll(() => view.paramsOf(method).length).toBeGreaterThanOrEqual(count);
  return view.paramsOf<M>(method).at(-1);
}
