import { describe, expect, test } from 'vitest';
import { lastRequest, useBrowser } from './harness/fixture.ts';
import { foundState, sampleQuery } from './harness/library.ts';
import { busyProgress, emptyResults, idleProgress, idleState } from './harness/states.ts';

const fixture = useBrowser();

describe('what is said of the library', () => {
  test('"so far" only while it grows', async () => {
    const found = foundState(fixture.origin);
    const results = { ...found.results, partial: true };
    const state = { ...found.state, progress: busyProgress };
    await using view = await fixture.open({ state, results });
    await view.page.getByText('so far').waitFor();
    await view.notify('state', { ...state, progress: idleProgress });
    await view.page.getByText('so far').waitFor({ state: 'detached' });
  });

  test('that it is empty, and "yet" only where more is to come', async () => {
    const library = { images: 0, faces: 0 };
    const state = { ...idleState, library };
    await using view = await fixture.open({ state, results: emptyResults });
    const none = view.page.getByText('There are no images here that can be read');
    const notYet = view.page.getByText('No images have been indexed yet');
    await none.waitFor();
    await view.notify('state', { ...state, progress: { ...idleProgress, interrupted: true } });
    await notYet.waitFor();
    await view.notify('state', { ...state, progress: { ...busyProgress, phase: 'scanning' } });
    await notYet.waitFor();
    await view.notify('state', state);
    await none.waitFor();
  });

  test('how many images wait, exactly where they are counted, and for how long', async () => {
    const waiting = { reason: 'large', count: 21, isExact: true, seconds: 130 } as const;
    const state = { ...idleState, waiting };
    await using view = await fixture.open({ state, results: emptyResults });
    await view.page.getByText('21 images to index', { exact: true }).waitFor();
    await view.page.getByText('That takes about 2 minutes.').waitFor();
    await view.notify('state', { ...state, waiting: { ...waiting, isExact: false } });
    await view.page.getByText('21 or more images to index').waitFor();
  });
});

describe('a new search', () => {
  const other = (seed: number) => {
    const { state, results } = foundState(fixture.origin);
    const query = sampleQuery({ cast: [1, 2], seed, origin: fixture.origin });
    return {
      state: { ...state, queries: [query] },
      results: { ...results, resultsId: seed, reason: 'query' as const },
    };
  };

  test('takes away what was said of an earlier attempt', async () => {
    await using view = await fixture.open();
    await view.page.locator('.card').first().waitFor();
    await view.page.evaluate(() => {
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: new DataTransfer() }));
    });
    await view.page.getByText('The clipboard holds no image').waitFor();
    const { state, results } = other(9);
    await view.notify('state', state);
    await view.notify('results', results);
    await view.page.locator('#notice').waitFor({ state: 'detached' });
  });

  test('begins at the top, where its image is', async () => {
    await using view = await fixture.open({
      ...foundState(fixture.origin, { total: 200 }),
      height: 500,
    });
    await view.page.locator('.card').first().waitFor();
    const page = view.page.locator('.page');
    await page.evaluate((element) => element.scrollTo(0, 2_000));
    await expect.poll(() => page.evaluate((element) => element.scrollTop)).toBe(2_000);
    const { state, results } = other(9);
    await view.notify('state', state);
    await view.notify('results', { ...results, total: 200 });
    await expect.poll(() => page.evaluate((element) => element.scrollTop)).toBe(0);
  });
});

test('the chosen face of a tall strip is in view', async () => {
  const { state, results } = foundState(fixture.origin);
  const query = sampleQuery({ cast: [1], seed: 4, origin: fixture.origin });
  const [face] = query.faces;
  if (face === undefined) {
    throw new Error('Expected a face');
  }
  const strip = {
    ...query,
    width: 400,
    height: 8_000,
    faces: [{ ...face, box: { x: 100, y: 7_000, width: 200, height: 200 } }],
  };
  await using view = await fixture.open({ state: { ...state, queries: [strip] }, results });
  const overlay = view.page.locator('ff-face-overlay');
  const region = overlay.locator('.region');
  await region.waitFor();
  await expect
    .poll(async () => {
      const [stage, box] = [await overlay.boundingBox(), await region.boundingBox()];
      return (
        stage !== null &&
        box !== null &&
        box.y >= stage.y &&
        box.y + box.height <= stage.y + stage.height
      );
    })
    .toBe(true);
});

test('the focus is on the card again after its context menu', async () => {
  await using view = await fixture.open();
  const card = view.page.locator('.card[data-index="1"]');
  await card.focus();
  await card.dispatchEvent('contextmenu');
  // VS Code takes the focus for its menu and gives it back to the page, not to the card.
  await view.page.evaluate(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement != null) {
      active = active.shadowRoot.activeElement;
    }
    (active as HTMLElement).blur();
    window.dispatchEvent(new Event('focus'));
  });
  await card.and(view.page.locator(':focus')).waitFor();
});

describe('the slider', () => {
  test('goes back to its first place by a double click and by Delete', async () => {
    await using view = await fixture.open();
    const slider = view.page.getByRole('slider');
    await slider.press('ArrowRight');
    await lastRequest(view, 'weight');
    await slider.press('Delete');
    expect(await lastRequest(view, 'weight', 2)).toEqual({ weight: 0.75 });
    await slider.press('ArrowRight');
    await lastRequest(view, 'weight', 3);
    await slider.dblclick();
    await expect.poll(() => view.paramsOf('weight').at(-1)).toEqual({ weight: 0.75 });
  });

  test('says why it is off', async () => {
    const { state, results } = foundState(fixture.origin);
    const queries = state.queries.map((query) => ({ ...query, selectedFaceIds: [] }));
    await using view = await fixture.open({ state: { ...state, queries }, results });
    await view.page.getByText('Choose a face to weigh character against feel').waitFor();
    await expect.poll(() => view.page.getByRole('slider').isDisabled()).toBe(true);
  });
});

test('screen readers hear a face once: its tooltip is no second description of it', async () => {
  await using view = await fixture.open();
  for (const face of ['ff-face-overlay .region', 'ff-face-thumbnails .chip[data-roving="300"]']) {
    const button = view.page.locator(face).first();
    const name = (await button.getAttribute('aria-label')) ?? '';
    const description = (await button.getAttribute('aria-description')) ?? '';
    expect(name).toContain('Face 1');
    expect(description).toContain('Ctrl+Click');
    expect(description).not.toContain(name);
  }
});
