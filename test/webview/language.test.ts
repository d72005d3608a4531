import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useBrowser } from './harness/fixture.ts';
import { gallery } from './harness/gallery.ts';
import { emptyResults, idleState } from './harness/states.ts';
import type { View } from './harness/view.ts';

const fixture = useBrowser();

/** Every text of the page, translated into itself in brackets. */
function pseudoBundle(): Record<string, string> {
  const source = readFileSync(new URL('../../webview/strings.ts', import.meta.url), 'utf8');
  const keys = [...source.matchAll(/l10n\.t\(\s*'((?:[^'\\]|\\.)*)'/g)].map(([, key]) => key ?? '');
  return Object.fromEntries(keys.map((key) => [key, `⟦${key}⟧`]));
}

/** What people read or hear: text, and the attributes that hold some. */
function wordsOf(view: View): Promise<string[]> {
  return view.page.evaluate(() => {
    const all = (root: Document | ShadowRoot): Element[] =>
      [...root.querySelectorAll('body *, :host *, *')].flatMap((element) => [
        element,
        ...(element.shadowRoot === null ? [] : all(element.shadowRoot)),
      ]);
    const attributes = ['aria-label', 'aria-description', 'aria-valuetext', 'title', 'alt'];
    const unread = 'script, style, title, head, meta, link';
    return all(document)
      .filter((element) => !element.matches(unread))
      .flatMap((element) => [
        ...[...element.childNodes].flatMap((node) =>
          node.nodeType === Node.TEXT_NODE ? [node.textContent ?? ''] : [],
        ),
        ...(element.closest('[aria-hidden="true"]') === null
          ? attributes.flatMap((name) => element.getAttribute(name) ?? [])
          : []),
      ])
      .flatMap((text) => text.split('\n'))
      .map((text) => text.trim())
      .filter((text) => text !== '');
  });
}

test('every text comes from the translations', async () => {
  const l10n = pseudoBundle();
  expect(Object.keys(l10n).length).toBeGreaterThan(100);
  const start = { state: idleState, results: emptyResults, l10n };
  await using view = await fixture.open(start);
  for (const { name, options, shows, act } of gallery(fixture.origin)) {
    const { state, results } = options;
    if (state === undefined || results === undefined || act !== undefined) {
      continue;
    }
    await view.notify('results', results);
    await view.notify('state', state);
    await view.page.locator(shows).first().waitFor();
    const data = JSON.stringify({ state, results });
    const foreign = (await wordsOf(view)).filter(
      (text) =>
        /\p{L}/u.test(text) &&
        !text.includes('⟦') &&
        !data.includes(text) &&
        !text.endsWith('.png'),
    );
    expect(foreign, name).toEqual([]);
  }
});

test('the page of a language that is written from the right begins there', async () => {
  await using view = await fixture.open({ l10n: pseudoBundle(), language: 'ar' });
  await view.page.locator('.card').first().waitFor();
  expect(await view.page.locator('html').getAttribute('dir')).toBe('rtl');
  const first = await view.page.locator('.card[data-index="0"]').boundingBox();
  const second = await view.page.locator('.card[data-index="1"]').boundingBox();
  expect(first?.x).toBeGreaterThan(second?.x ?? Number.POSITIVE_INFINITY);
  await view.page.locator('.card').first().press('ArrowLeft');
  await view.page.locator('.card[data-index="1"]:focus').waitFor();
});

test('without translations the page stays English, from the left', async () => {
  await using view = await fixture.open({ language: 'ar' });
  await view.page.locator('.card').first().waitFor();
  expect(await view.page.locator('html').getAttribute('dir')).toBe('ltr');
  await view.page.getByText('Same character', { exact: true }).waitFor();
});
