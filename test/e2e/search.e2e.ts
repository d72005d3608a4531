import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Fixture } from './harness/fixture.ts';

const fixture = new Fixture({ images: 40, characters: 5 });

/** What `similar --json` prints, as far as it is compared. */
const answerSchema = z.object({ results: z.array(z.object({ relativePath: z.string() })) });

describe('searching from the Explorer', () => {
  beforeEach(({ task }) => fixture.watch(task.name.replaceAll(/\W+/g, '-')));

  test('the workspace is indexed by itself', async () => {
    await fixture.workbench.indexed();
    await fixture.workbench.picture('indexed');
  });

  test('the menu of an image leads to pictures of the same character, first of all', async () => {
    const { workbench } = fixture;
    const { file, faces } = fixture.portrait(0);
    const row = await workbench.revealInExplorer(file);
    await row.click({ button: 'right' });
    await workbench.picture('explorer-menu');
    await workbench.chooseFromMenu('Find Similar Characters');
    await workbench.sidebar.locator('[role=gridcell][data-image-id]').first().waitFor();
    await workbench.picture('similar-view');
    const first = (await workbench.results(workbench.sidebar)).slice(0, 4);
    expect(first.length).toBe(4);
    for (const name of first) {
      expect(fixture.charactersOf(name)).toContain(faces[0]?.character);
    }
  });

  test('the slider changes the order as the engine says', async () => {
    const { workbench } = fixture;
    const { sidebar } = workbench;
    const slider = sidebar.getByRole('slider');
    const { file } = fixture.portrait(0);
    for (const weight of [1, 0, 0.5]) {
      await slider.focus();
      await moveSlider(sidebar, weight);
      const expected = await engineOrder(file, weight);
      await expect
        .poll(async () => await workbench.results(sidebar), { timeout: 30_000 })
        .toEqual(expected.slice(0, (await workbench.results(sidebar)).length));
    }
    await workbench.picture('slider-middle');
    await moveSlider(sidebar, 0.7);
  });

  test('a move of the slider brings new results and no other message', async () => {
    const { sidebar } = fixture.workbench;
    const slider = sidebar.getByRole('slider');
    const received = await slider.evaluateHandle(() => {
      const methods: string[] = [];
      window.addEventListener('message', ({ data }) => {
        if (typeof data?.method === 'string') {
          methods.push(data.method);
        }
      });
      return methods;
    });
    await slider.focus();
    for (const weight of [0.9, 0.4, 0.2]) {
      await moveSlider(sidebar, weight);
      await expect
        .poll(async () => await sidebar.getByRole('slider').inputValue(), { timeout: 30_000 })
        .toBe(String(Math.round((1 - weight) * 100)));
    }
    await expect.poll(async () => (await received.jsonValue()).length).toBeGreaterThan(0);
    expect(new Set(await received.jsonValue())).toEqual(new Set(['results']));
  });

  test('everything works by keyboard alone', async () => {
    const { workbench } = fixture;
    const { page, sidebar } = workbench;
    const { file } = fixture.portrait(3);
    await workbench.revealInExplorer(file);
    await page.keyboard.press('Control+1');
    await page.keyboard.press('Control+Shift+E');
    await page.locator('.explorer-folders-view .monaco-list:focus').waitFor();
    await page.keyboard.press('Home');
    await pressUntilFocused(file);
    await page.keyboard.press('Shift+F10');
    await page.locator('.monaco-menu .action-item').first().waitFor();
    await chooseByArrows('Find Similar Characters');
    await sidebar.locator('#query .name', { hasText: file.split('/').at(-1) ?? '' }).waitFor();
    const cards = sidebar.locator('[role=gridcell][data-image-id]');
    await cards.first().waitFor();
    await tabInto(sidebar);
    await page.keyboard.press('ArrowRight');
    const focused = sidebar.locator('[role=gridcell][data-index="1"]');
    await expect.poll(() => isFocused(focused)).toBe(true);
    await workbench.picture('keyboard-grid');
    const name = await focused.locator('.name').textContent();
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: new RegExp(`^${escapePattern(name ?? '')}`) }).waitFor();
  });

  async function engineOrder(file: string, weight: number): Promise<string[]> {
    const answer = await fixture.ask(
      'similar',
      join(fixture.folder, file),
      ...['--weight', String(weight), '--limit', '40'],
    );
    return answerSchema
      .parse(answer)
      .results.map(({ relativePath }) => relativePath.split('/').at(-1) ?? '');
  }

  async function pressUntilFocused(file: string): Promise<void> {
    const { page } = fixture.workbench;
    const row = fixture.workbench.explorerRow(file.split('/').at(-1) ?? '').first();
    for (let presses = 0; presses < 80; presses++) {
      if (((await row.getAttribute('class')) ?? '').includes('focused')) {
        return;
      }
      await page.keyboard.press('ArrowDown');
    }
    throw new Error(`Expected the arrow keys to reach ${file} but they did not.`);
  }

  async function chooseByArrows(title: string): Promise<void> {
    const { page } = fixture.workbench;
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('ArrowDown');
      const label = page.locator('.monaco-menu .action-item.focused .action-label');
      if ((await label.getAttribute('aria-label'))?.startsWith(title)) {
        await page.keyboard.press('Enter');
        return;
      }
    }
    throw new Error(`Expected the menu to have ${title} but it has not.`);
  }

  /** Presses Tab until a card of the results has the focus. */
  async function tabInto(application: FrameLocator): Promise<void> {
    const { page } = fixture.workbench;
    const first = application.locator('[role=gridcell][data-index="0"]');
    for (let presses = 0; presses < 25; presses++) {
      if (await isFocused(first)) {
        return;
      }
      await page.keyboard.press('Tab');
    }
    throw new Error('Expected Tab to reach the results but it did not.');
  }
});

async function isFocused(target: ReturnType<FrameLocator['locator']>): Promise<boolean> {
  return await target.evaluate((element) => element.matches(':focus'));
}

/** The slider counts in hundredths from "same character" to "same feel". */
async function moveSlider(application: FrameLocator, weight: number): Promise<void> {
  const slider = application.getByRole('slider');
  const steps = Number(await slider.getAttribute('max'));
  await slider.fill(String(Math.round((1 - weight) * steps)));
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
