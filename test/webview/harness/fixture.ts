import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import { connectBrowser } from './browser.ts';
import { foundState } from './library.ts';
import { View, type ViewOptions } from './view.ts';

export interface Fixture {
  readonly origin: string;
  /** Opens the application on a search with results, or on what the options say. */
  open(options?: Partial<ViewOptions>): Promise<View>;
}

/**
 * The browser and the server that all test files share (`globalSetup.ts`). After each test nothing may be left in the
 * `complaints` of its views; a test that provokes some takes them out.
 */
export function useBrowser(): Fixture {
  const origin = inject('origin');
  let browser: Browser | undefined;
  let opened: View[] = [];
  beforeAll(async () => {
    browser = await connectBrowser(inject('browser'));
  });
  // Whatever else a test is about, the page breaks neither its policy nor the protocol.
  afterEach(() => {
    const complaints = opened.flatMap((view) => view.complaints);
    opened = [];
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    // This end of it: the browser itself goes on.
    await browser?.close();
  });
  return {
    origin,
    async open(options = {}) {
      if (browser === undefined) {
        throw new Error('Expected the browser to run but it has not been started');
      }
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
