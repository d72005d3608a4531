import { describe, expect, test } from 'vitest';
import { lastRequest, useBrowser } from './harness/fixture.ts';
import { foundState, sampleQuery } from './harness/library.ts';

const fixture = useBrowser();
const queryId = 'query-3';

describe('faces of the query image', () => {
  test('a click on a region searches by that face alone, Ctrl+Click adds another', async () => {
    await using view = await fixture.open();
    const regions = view.page.locator('ff-face-overlay .region');
    await regions.nth(1).click();
    expect(await lastRequest(view, 'faces/select')).toEqual({ queryId, faceIds: [301] });
    await regions.nth(2).click({ modifiers: ['Control'] });
    expect(await lastRequest(view, 'faces/select', 2)).toEqual({ queryId, faceIds: [301, 302] });
    expect(await regions.nth(1).getAttribute('aria-pressed')).toBe('true');
    expect(await regions.nth(0).getAttribute('aria-pressed')).toBe('false');
  });

  test('chips choose all faces, one, or the whole image', async () => {
    await using view = await fixture.open();
    const chips = view.page.getByRole('toolbar', { name: 'Search by' });
    await chips.getByRole('button', { name: 'All faces' }).click();
    expect(await lastRequest(view, 'faces/select')).toEqual({ queryId, faceIds: [300, 301, 302] });
    await chips.getByRole('button', { name: 'Whole image' }).click();
    expect(await lastRequest(view, 'faces/select', 2)).toEqual({ queryId, faceIds: [] });
    await view.page.getByText('Searching by the feel of the whole image.').waitFor();
    expect(await view.page.getByRole('slider').isDisabled()).toBe(true);
  });

  test('arrow keys go from face to face, Enter chooses', async () => {
    await using view = await fixture.open();
    const first = view.page.locator('ff-face-overlay .region').first();
    await first.focus();
    await view.page.keyboard.press('ArrowRight');
    await view.page.keyboard.press('Enter');
    expect(await lastRequest(view, 'faces/select')).toEqual({ queryId, faceIds: [301] });
    await view.page.keyboard.press('End');
    await view.page.keyboard.press('Control+Enter');
    expect(await lastRequest(view, 'faces/select', 2)).toEqual({ queryId, faceIds: [301, 302] });
  });
});

test('faces do not show through a notice that stays in sight above them', async () => {
  await using view = await fixture.open();
  view.answers['query/close'] = () => Promise.reject({ message: 'The disk is full.' });
  await view.page.locator('#close-query').click();
  await view.page.locator('#notice').waitFor();
  const region = view.page.locator('ff-face-overlay .region').first();
  await region.evaluate((face) => {
    const page = document.querySelector('ff-app')?.shadowRoot?.querySelector('.page');
    const notice = page?.querySelector('.notice')?.getBoundingClientRect();
    page?.scrollBy(0, face.getBoundingClientRect().top - (notice?.top ?? 0) - 10);
  });
  const onTop = await region.evaluate((face) => {
    const { x, y, width } = face.getBoundingClientRect();
    const hit = document
      .querySelector('ff-app')
      ?.shadowRoot?.elementFromPoint(x + width / 2, y + 5);
    return hit?.closest('.notice') !== null;
  });
  expect(onTop).toBe(true);
});

describe('a box drawn by hand', () => {
  test('with the pointer, in pixels of the image', async () => {
    await using view = await fixture.open();
    await view.page.getByRole('button', { name: 'Draw a face' }).click();
    const area = await view.page.locator('.drawing').boundingBox();
    const query = foundState(fixture.origin).state.queries[0];
    if (area === null || query === undefined) {
      throw new Error('Expected a drawing area over a query image');
    }
    const at = (x: number, y: number) =>
      [area.x + area.width * x, area.y + area.height * y] as const;
    await view.page.mouse.move(...at(0.25, 0.5));
    await view.page.mouse.down();
    await view.page.mouse.move(...at(0.5, 0.75), { steps: 4 });
    await view.page.mouse.up();
    const added = await lastRequest(view, 'faces/add');
    expect(added?.box.x).toBeCloseTo(query.width * 0.25, -1);
    expect(added?.box.width).toBeCloseTo(query.width * 0.25, -1);
    expect(added?.box.height).toBeCloseTo(query.height * 0.25, -1);
    expect(await view.page.locator('.drawing').count()).toBe(0);
  });

  test('with keys alone', async () => {
    await using view = await fixture.open();
    await view.page.getByRole('button', { name: 'Draw a face' }).press('Enter');
    for (const key of ['ArrowRight', 'ArrowDown', 'Shift+ArrowRight', 'Shift+ArrowDown', 'Enter']) {
      await view.page.keyboard.press(key);
    }
    const added = await lastRequest(view, 'faces/add');
    expect(added?.queryId).toBe(queryId);
    expect(added?.box.width).toBeGreaterThan(0);
    // The focus goes back to where drawing began.
    const focused = view.page.locator('ff-face-thumbnails [data-roving="draw"]:focus');
    await focused.waitFor();
  });

  test('by key from the note that no face was found, by pointer from a click on it', async () => {
    const { state } = foundState(fixture.origin);
    const queries = state.queries.map((query) => ({ ...query, faces: [], selectedFaceIds: [] }));
    await using view = await fixture.open({ state: { ...state, queries } });
    await view.page.locator('#no-face .link').press('Enter');
    await view.page.locator('.drawn').waitFor();
    await view.page.keyboard.press('Escape');
    await view.page.locator('#no-face .link').click();
    await view.page.getByText('Drag a box around the face. Esc cancels.').waitFor();
    expect(await view.page.locator('.drawn').count()).toBe(0);
  });

  test('Esc gives it up', async () => {
    await using view = await fixture.open();
    await view.page.getByRole('button', { name: 'Draw a face' }).press('Enter');
    await view.page.keyboard.press('Escape');
    expect(await view.page.locator('.drawing').count()).toBe(0);
    expect(view.paramsOf('faces/add')).toEqual([]);
  });

  test('is removed by its cross or by Delete', async () => {
    const { state } = foundState(fixture.origin);
    const queries = state.queries.map((query) => ({
      ...query,
      faces: query.faces.map((face) => ({ ...face, source: 'manual' as const })),
    }));
    await using view = await fixture.open({ state: { ...state, queries } });
    await view.page.locator('ff-face-overlay .region').nth(1).press('Delete');
    expect(await lastRequest(view, 'faces/remove')).toEqual({ queryId, faceId: 301 });
    await view.page.locator('ff-face-thumbnails .holder').nth(2).hover();
    await view.page.getByRole('button', { name: 'Remove face 3' }).click();
    expect(await lastRequest(view, 'faces/remove', 2)).toEqual({ queryId, faceId: 302 });
  });
});

test('a false detection is removed by Delete or its cross, and keys undo and redo it', async () => {
  await using view = await fixture.open();
  await view.page.locator('ff-face-overlay .region').nth(1).press('Delete');
  expect(await lastRequest(view, 'faces/remove')).toEqual({ queryId, faceId: 301 });
  await view.page.locator('ff-face-thumbnails .holder').nth(0).hover();
  await view.page.getByRole('button', { name: 'Remove face 1' }).click();
  expect(await lastRequest(view, 'faces/remove', 2)).toEqual({ queryId, faceId: 300 });
  await view.page.keyboard.press('ControlOrMeta+z');
  await lastRequest(view, 'decision/undo');
  await view.page.keyboard.press('ControlOrMeta+Shift+Z');
  await lastRequest(view, 'decision/redo');
  await view.page.keyboard.press('Control+y');
  await lastRequest(view, 'decision/redo', 2);
  expect(view.paramsOf('decision/undo')).toHaveLength(1);
});

describe('several query images', () => {
  test('stand in tabs; one can be taken out', async () => {
    const { origin } = fixture;
    const { state } = foundState(origin);
    const queries = [
      sampleQuery({ cast: [2, 5], seed: 3, origin }),
      sampleQuery({ cast: [7], seed: 4, origin }),
    ];
    await using view = await fixture.open({ state: { ...state, queries } });
    await view.page.getByRole('tab').nth(1).click();
    expect(await view.page.locator('ff-face-overlay .region').count()).toBe(1);
    await view.page.locator('#close-query').click();
    expect(await lastRequest(view, 'query/close')).toEqual({ queryId: 'query-4' });
    await view.notify('state', { ...state, queries: queries.slice(0, 1) });
    await view.page.getByRole('tab').first().waitFor({ state: 'detached' });
    expect(await view.page.locator('ff-face-overlay .region').count()).toBe(2);
  });
});

describe('the slider', () => {
  test('sends the newest weight, once per frame at most', async () => {
    await using view = await fixture.open();
    const slider = view.page.getByRole('slider');
    expect(await slider.getAttribute('aria-valuetext')).toBe('80% character, 20% feel');
    await slider.evaluate((input: HTMLInputElement) => {
      for (let value = 21; value <= 60; value += 1) {
        input.value = String(value);
        input.dispatchEvent(new InputEvent('input', { bubbles: true }));
      }
    });
    expect(await lastRequest(view, 'weight')).toEqual({ weight: 0.4 });
    expect(view.paramsOf('weight').length).toBe(1);
    expect(await slider.inputValue()).toBe('60');
  });

  test('moves by keys, towards feel with the right arrow', async () => {
    await using view = await fixture.open();
    await view.page.getByRole('slider').press('ArrowRight');
    expect(await lastRequest(view, 'weight')).toEqual({ weight: 0.79 });
  });

  test('stays where it was moved to: the host sends results, and no state', async () => {
    await using view = await fixture.open();
    const { results } = foundState(fixture.origin);
    await view.page.getByRole('slider').press('ArrowRight');
    await lastRequest(view, 'weight');
    await view.notify('results', { ...results, resultsId: 9, reason: 'weight' });
    expect(await view.page.getByRole('slider').inputValue()).toBe('21');
    await view.page.getByRole('slider').press('ArrowRight');
    await expect.poll(() => view.paramsOf('weight').at(-1)).toEqual({ weight: 0.78 });
  });

  test('is not pulled back by a state from before the last move', async () => {
    await using view = await fixture.open();
    const { state } = foundState(fixture.origin);
    const answered = Promise.withResolvers<null>();
    view.answers.weight = () => answered.promise;
    await view.page.getByRole('slider').press('ArrowRight');
    await lastRequest(view, 'weight');
    await view.notify('state', { ...state, searching: true });
    expect(await view.page.getByRole('slider').inputValue()).toBe('21');
    answered.resolve(null);
  });
});
