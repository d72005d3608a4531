import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { languages } from '../../tools/scripts/texts.ts';
import { useBrowser } from './harness/fixture.ts';
import { gallery } from './harness/gallery.ts';
import { findBarriers, findClipped, photograph, settle } from './harness/inspect.ts';
import { foundState } from './harness/library.ts';
import { emptyResults, idleState } from './harness/states.ts';
import type { View } from './harness/view.ts';

const fixture = useBrowser();

/** Every text of the page, each form of it translated into itself in brackets. */
function pseudoBundle(): Record<string, string> {
  const keys = Object.keys(readBundle('l10n/bundle.l10n.json'));
  const bracketed = (key: string) => key.split('|').map((form) => `⟦${form}⟧`);
  return Object.fromEntries(keys.map((key) => [key, bracketed(key).join('|')]));
}

function readBundle(file: string): Record<string, string> {
  return JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
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
  await using view = await fixture.open({
    l10n: readBundle('l10n/bundle.l10n.ar.json'),
    language: 'ar',
  });
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

describe.each(languages)('in %s', (language) => {
  const l10n = readBundle(`l10n/bundle.l10n.${language}.json`);

  test('every screen fits, from a narrow side bar to a page of 200 %', async () => {
    const { state, results } = foundState(fixture.origin);
    await using view = await fixture.open({ state, results, l10n, language });
    await view.page.locator('.card').first().waitFor();
    for (const { name, options, shows, act } of gallery(fixture.origin)) {
      if (options.state === undefined || options.results === undefined || act !== undefined) {
        continue;
      }
      await view.notify('results', options.results);
      await view.notify('state', options.state);
      await view.page.locator(shows).first().waitFor();
      for (const width of [200, 320]) {
        await view.page.setViewportSize({ width, height: 860 });
        await settle(view);
        expect(await findClipped(view), `${name} at ${width}`).toEqual([]);
      }
      await photograph(view, `${language}-${name}`);
    }
    await view.notify('results', results);
    await view.notify('state', state);
    await view.page.locator('.card').first().waitFor();
    expect(await findBarriers(view)).toEqual([]);
  });
});
