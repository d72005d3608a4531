import { describe, expect, test } from 'vitest';
import { pageSize } from '../../src/protocol/viewProtocol.ts';
import { useBrowser } from './harness/fixture.ts';
import { foundState, sampleCard, sampleQuery } from './harness/library.ts';
import type { View } from './harness/view.ts';

const fixture = useBrowser();

const scrollTop = (view: View) => view.page.locator('.page').evaluate((page) => page.scrollTop);
const scrollTo = (view: View, top: number) =>
  view.page.locator('.page').evaluate((page, to) => page.scrollTo(0, to), top);

/** What VS Code keeps of a view that has been scrolled, once it has been written down. */
async function scrolledAway(view: View, top: number): Promise<unknown> {
  await view.page.locator('.card').first().waitFor();
  await scrollTo(view, top);
  await expect.poll(() => view.saved()).toMatchObject({ scrollTop: top });
  return view.saved();
}

describe('what the page remembers over hiding and reload', () => {
  test('is the place in the results, deep in a long list as well', async () => {
    const total = 50_000;
    const options = foundState(fixture.origin, { total });
    let saved: unknown;
    {
      await using view = await fixture.open(options);
      saved = await scrolledAway(view, 900_000);
    }
    // The host may number its lists anew.
    const results = { ...options.results, resultsId: 9 };
    await using view = await fixture.open({ ...options, results, saved });
    view.answers['results/page'] = ({ offset }) =>
      Array.from({ length: Math.min(pageSize, total - offset) }, (_, index) =>
        sampleCard(offset + index, { origin: fixture.origin, weight: 0.8 }),
      );
    await expect.poll(() => scrollTop(view)).toBe(900_000);
    await scrollTo(view, 900_100);
    await view.page.locator('.card .name').first().waitFor();
  });

  test('is not carried over to another question or session', async () => {
    const options = foundState(fixture.origin, { total: 2_000 });
    let saved: unknown;
    {
      await using view = await fixture.open(options);
      saved = await scrolledAway(view, 4_000);
    }
    const others = [
      { state: { ...options.state, weight: 0.1 }, saved },
      { state: options.state, saved: { ...(saved as object), sessionId: 'another' } },
      { state: options.state, saved: { ...(saved as object), scrollTop: 'far' } },
    ];
    for (const other of others) {
      await using view = await fixture.open({ ...options, ...other });
      await view.page.locator('.card .name').first().waitFor();
      await view.page.evaluate(() => new Promise(requestAnimationFrame));
      expect(await scrollTop(view)).toBe(0);
    }
  });

  test('is which of several query images was looked at', async () => {
    const { origin } = fixture;
    const options = foundState(origin);
    const queries = [
      sampleQuery({ cast: [2, 5], seed: 3, origin }),
      sampleQuery({ cast: [7], seed: 4, origin }),
    ];
    const state = { ...options.state, queries };
    let saved: unknown;
    {
      await using view = await fixture.open({ ...options, state });
      await view.page.getByRole('tab').nth(1).click();
      await expect.poll(() => view.saved()).toMatchObject({ queryId: 'query-4' });
      saved = await view.saved();
    }
    await using view = await fixture.open({ ...options, state, saved });
    await view.page.locator('[role="tab"][aria-selected="true"]').waitFor();
    expect(await view.page.getByRole('tab').nth(1).getAttribute('aria-selected')).toBe('true');
  });

  test('leaves the slider to the host, which remembers it', async () => {
    const options = foundState(fixture.origin);
    const state = { ...options.state, weight: 0.35 };
    await using view = await fixture.open({ ...options, state });
    expect(await view.page.getByRole('slider').inputValue()).toBe('65');
    // Another view, or a command, moves it here as well.
    await view.notify('state', { ...state, weight: 0.9 });
    await expect.poll(() => view.page.getByRole('slider').inputValue()).toBe('10');
  });
});
