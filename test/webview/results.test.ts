import { describe, expect, test } from 'vitest';
import { type Card, pageSize } from '../../src/protocol/viewProtocol.ts';
import { lastRequest, useBrowser } from './harness/fixture.ts';
import { foundState, sampleCard } from './harness/library.ts';
import type { View } from './harness/view.ts';

const fixture = useBrowser();

/** A view on a long list whose pages the host gives out on demand. */
async function openLong(total: number): Promise<View> {
  const { origin } = fixture;
  const view = await fixture.open(foundState(origin, { total }));
  view.answers['results/page'] = ({ offset }) =>
    Array.from({ length: Math.min(pageSize, total - offset) }, (_, index) =>
      sampleCard(offset + index, { origin, weight: 0.8 }),
    );
  return view;
}

const card = (view: View, index: number) => view.page.locator(`.card[data-index="${index}"]`);

describe('opening a result', () => {
  test('a click opens, Alt, Ctrl and the middle button open beside', async () => {
    await using view = await fixture.open();
    const { imageId } = sampleCard(1, { origin: fixture.origin, weight: 0.8 });
    await card(view, 1).locator('.name').click();
    expect(await lastRequest(view, 'result/open')).toEqual({ imageId, place: 0, beside: false });
    await card(view, 1)
      .locator('.name')
      .click({ modifiers: ['Alt'] });
    await card(view, 1)
      .locator('.name')
      .click({ modifiers: ['Control'] });
    await card(view, 1).locator('.name').click({ button: 'middle' });
    await lastRequest(view, 'result/open', 4);
    expect(view.paramsOf('result/open').map(({ beside }) => beside)).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  test('Enter opens, Alt+Enter and Ctrl+Enter open beside', async () => {
    await using view = await fixture.open();
    await card(view, 0).focus();
    for (const key of ['Enter', 'Alt+Enter', 'Control+Enter']) {
      await view.page.keyboard.press(key);
    }
    await lastRequest(view, 'result/open', 3);
    expect(view.paramsOf('result/open').map(({ beside }) => beside)).toEqual([false, true, true]);
  });

  test('searches from a result', async () => {
    await using view = await fixture.open();
    const { imageId } = sampleCard(0, { origin: fixture.origin, weight: 0.8 });
    await card(view, 0).hover();
    await card(view, 0).getByRole('button', { name: 'Search from here' }).click();
    expect(await lastRequest(view, 'query/open')).toEqual({
      sources: [{ kind: 'result', imageId }],
    });
    expect(view.paramsOf('result/open')).toEqual([]);
  });

  test('lists identical copies, each of which opens', async () => {
    await using view = await fixture.open();
    const { imageId } = sampleCard(2, { origin: fixture.origin, weight: 0.8 });
    await card(view, 2).getByRole('button', { name: '2 identical copies' }).click();
    const list = view.page.getByRole('dialog', { name: 'Files with the same content' });
    expect(await list.getByRole('listitem').count()).toBe(3);
    await view.page.keyboard.press('ArrowDown');
    await view.page.keyboard.press('Enter');
    expect(await lastRequest(view, 'result/open')).toEqual({ imageId, place: 1, beside: false });
    await view.page.keyboard.press('Escape');
    await card(view, 2).locator('.copies:focus').waitFor();
  });
});

describe('the grid', () => {
  test('draws only what is in sight, of fifty thousand, and fetches pages on demand', async () => {
    await using view = await openLong(50_000);
    await card(view, 0).waitFor();
    expect(await view.page.locator('.card').count()).toBeLessThan(120);
    await card(view, 0).focus();
    await view.page.keyboard.press('End');
    await card(view, 49_999).and(view.page.locator(':focus')).waitFor();
    await card(view, 49_999).locator('.name').waitFor();
    expect(view.paramsOf('results/page').length).toBeLessThan(6);
    expect(await view.page.locator('.card').count()).toBeLessThan(160);
  });

  test('keeps the focus on a card that arrives, and on one that moves to another row', async () => {
    await using view = await fixture.open(foundState(fixture.origin, { total: 2_000 }));
    const arrived = Promise.withResolvers<Card[]>();
    view.answers['results/page'] = () => arrived.promise;
    await card(view, 0).focus();
    await view.page.keyboard.press('End');
    const last = card(view, 1_999);
    await last.and(view.page.locator('.waiting:focus')).waitFor();
    await lastRequest(view, 'results/page');
    arrived.resolve(
      Array.from({ length: pageSize }, (_, index) =>
        sampleCard(1_800 + index, { origin: fixture.origin, weight: 0.8 }),
      ),
    );
    await last.locator('.name').waitFor();
    await last.and(view.page.locator(':focus')).waitFor();
    await view.page.setViewportSize({ width: 200, height: 860 });
    await view.page.locator('[role="grid"][aria-colcount="2"]').waitFor();
    await last.and(view.page.locator(':focus')).waitFor();
  });

  test('keys move through it and keep what is focused in sight', async () => {
    await using view = await openLong(2_000);
    await card(view, 0).focus();
    const columns = Number(await view.page.getByRole('grid').getAttribute('aria-colcount'));
    await view.page.keyboard.press('ArrowRight');
    await view.page.keyboard.press('ArrowDown');
    await card(view, columns + 1)
      .and(view.page.locator(':focus'))
      .waitFor();
    for (let press = 0; press < 4; press += 1) {
      await view.page.keyboard.press('PageDown');
    }
    const focused = view.page.locator('.card:focus');
    await expect
      .poll(async () => Number(await focused.getAttribute('data-index')))
      .toBeGreaterThan(columns * 4);
    const box = await focused.boundingBox();
    const bar = await view.page.locator('.bar').boundingBox();
    expect(box?.y).toBeGreaterThanOrEqual((bar?.y ?? 0) + (bar?.height ?? 0) - 1);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(861);
    await view.page.keyboard.press('Home');
    await card(view, 0).and(view.page.locator(':focus')).waitFor();
  });

  test('gives larger text its room', async () => {
    await using view = await fixture.open({ width: 300 });
    await card(view, 0).waitFor();
    const room = async () => {
      const [first, below] = [await card(view, 0).boundingBox(), await card(view, 3).boundingBox()];
      return (below?.y ?? 0) - (first?.y ?? 0) - (first?.height ?? 0);
    };
    const before = await room();
    expect(before).toBeGreaterThan(0);
    await view.page.evaluate(() => {
      document.documentElement.style.setProperty('--vscode-font-size', '26px');
    });
    await expect.poll(async () => (await card(view, 0).boundingBox())?.height).toBeGreaterThan(160);
    await expect.poll(room).toBeGreaterThan(0);
  });

  test('the Tab key stops once in it', async () => {
    await using view = await fixture.open();
    await card(view, 0).waitFor();
    expect(await view.page.locator('.card[tabindex="0"]').count()).toBe(1);
  });

  test('a new order starts at the top, a refresh keeps the place', async () => {
    await using view = await openLong(2_000);
    await card(view, 0).waitFor();
    const { results } = foundState(fixture.origin, { total: 2_000 });
    const scrollTop = () => view.page.locator('.page').evaluate((page) => page.scrollTop);
    await view.page.locator('.page').evaluate((page) => page.scrollTo(0, 5_000));
    await view.notify('results', { ...results, resultsId: 2, total: 1_999, reason: 'refresh' });
    // The count arrives with the list; two frames later all is drawn that will be.
    await view.page.getByText('1,999 images').waitFor();
    await view.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    expect(await scrollTop()).toBe(5_000);
    await view.notify('results', { ...results, resultsId: 3, reason: 'weight' });
    await expect.poll(scrollTop).toBeLessThan(1_000);
    await card(view, 0).waitFor();
  });

  test('tells of scores in its tooltip, and the feel where no faces were compared', async () => {
    const found = foundState(fixture.origin);
    const [first, ...rest] = found.results.cards;
    if (first === undefined) {
      throw new Error('Expected a card');
    }
    const faceless = { ...first, probability: null, face: null, identityCosine: null };
    const results = { ...found.results, cards: [faceless, ...rest] };
    await using view = await fixture.open({ ...found, results });
    expect(await card(view, 0).getAttribute('title')).toContain('Feel (cosine): ');
    expect(await card(view, 0).locator('.match').textContent()).toMatch(/^feel 0\.\d\d$/);
    expect(await card(view, 0).locator('.outline').count()).toBe(0);
    expect(await card(view, 1).getAttribute('title')).toMatch(/Character \(cosine\): 0\.\d\d/);
    expect(await card(view, 1).locator('.outline').count()).toBe(1);
  });
});

describe('the context menu', () => {
  /** What VS Code would read at the page where a menu is asked for. */
  async function watchMenu(view: View): Promise<() => Promise<unknown>> {
    await view.page.evaluate(() => {
      window.addEventListener('contextmenu', (event) => {
        const target = (event.target as HTMLElement).closest<HTMLElement>('[data-vscode-context]');
        Reflect.set(globalThis, 'menuContext', target?.dataset['vscodeContext']);
      });
    });
    return () => view.page.evaluate(() => JSON.parse(Reflect.get(globalThis, 'menuContext')));
  }

  const contextOf = (imageId: number, place = 0) => ({
    webviewSection: 'result',
    preventDefaultContextMenuItems: true,
    sessionId: 'session-1',
    imageId,
    place,
    hasFace: true,
  });
  const imageAt = (index: number) =>
    sampleCard(index, { origin: fixture.origin, weight: 0.8 }).imageId;

  test('finds the card at the page, where VS Code looks for it', async () => {
    await using view = await fixture.open();
    const context = await watchMenu(view);
    await card(view, 1).click({ button: 'right' });
    expect(await context()).toEqual(contextOf(imageAt(1)));
    await view.page.locator('.bar').click({ button: 'right' });
    expect(await context()).toEqual({ preventDefaultContextMenuItems: true });
    expect(view.paramsOf('result/open')).toEqual([]);
  });

  test.each(['Shift+F10', 'ContextMenu'])('opens with %s at the focused card', async (key) => {
    await using view = await fixture.open();
    const context = await watchMenu(view);
    await card(view, 1).press('ArrowRight');
    await card(view, 2).and(view.page.locator(':focus')).waitFor();
    await view.page.keyboard.press(key);
    expect(await context()).toEqual(contextOf(imageAt(2)));
  });

  test('knows which of the identical copies it is asked for', async () => {
    await using view = await fixture.open();
    const context = await watchMenu(view);
    await card(view, 2).getByRole('button', { name: '2 identical copies' }).click();
    await view.page.keyboard.press('ArrowDown');
    await view.page.keyboard.press('ArrowDown');
    await view.page.keyboard.press('Shift+F10');
    expect(await context()).toEqual(contextOf(imageAt(2), 2));
  });
});

describe('pictures', () => {
  test('show a checkerboard where they are transparent', async () => {
    await using view = await fixture.open();
    for (const selector of [
      '.card[data-index="0"] img',
      'ff-face-overlay img',
      'ff-face-thumbnails img',
    ]) {
      const picture = view.page.locator(selector).first();
      await expect
        .poll(() => picture.evaluate((image) => getComputedStyle(image).backgroundImage))
        .toContain('repeating-conic-gradient');
    }
  });

  test('leave their place empty until they arrive', async () => {
    await using view = await fixture.open();
    await card(view, 0).locator('img.shown').waitFor();
    const waiting = await card(view, 0)
      .locator('img')
      .evaluate((image) => {
        image.classList.remove('shown');
        return getComputedStyle(image).backgroundImage;
      });
    expect(waiting).toBe('none');
  });
});
