import { copyFile, readFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Fixture } from './harness/fixture.ts';
import { patienceMs } from './harness/workbench.ts';

const fixture = new Fixture({ images: 30, characters: 4 });
const patient = { timeout: patienceMs };

describe('what a person does with a search', () => {
  beforeEach(({ task }) => fixture.watch(task.name.replaceAll(/\W+/g, '-')));

  test('a box drawn by hand becomes a face that is searched by', async () => {
    const { workbench } = fixture;
    const { page, sidebar } = workbench;
    await workbench.indexed();
    await workbench.findSimilar(fixture.portrait(0).file);
    const faces = await sidebar.locator('.chip .number').count();
    await sidebar.getByRole('button', { name: 'Draw a face' }).click();
    const area = await sidebar.locator('.drawing').boundingBox();
    if (area === null) {
      throw new Error('Expected an area to draw in but it is not visible.');
    }
    await page.mouse.move(area.x + area.width * 0.1, area.y + area.height * 0.1);
    await page.mouse.down();
    await page.mouse.move(area.x + area.width * 0.4, area.y + area.height * 0.4, { steps: 5 });
    await workbench.picture('drawing-a-box');
    await page.mouse.up();
    await expect.poll(() => sidebar.locator('.chip .number').count(), patient).toBe(faces + 1);
    const drawn = sidebar.locator('.chip[aria-pressed="true"]');
    await expect.poll(() => drawn.getAttribute('aria-label'), patient).toContain('drawn by hand');
    await workbench.picture('drawn-by-hand');
    const number = await drawn.locator('.number').textContent();
    const remove = sidebar.getByRole('button', { name: `Remove face ${number?.trim()}` });
    await remove.click({ force: true });
    await expect.poll(() => sidebar.locator('.chip .number').count(), patient).toBe(faces);
  });

  test('no face chosen searches by the whole image', async () => {
    const { sidebar } = fixture.workbench;
    await sidebar.getByRole('button', { name: 'Whole image' }).click();
    await sidebar.locator('.match.feel').first().waitFor();
    await fixture.workbench.picture('whole-image');
  });

  test('a picture without a face says so', async () => {
    const { workbench } = fixture;
    const background = fixture.truth.find(({ faces }) => faces.length === 0);
    await workbench.findSimilar(background?.file ?? '');
    await workbench.sidebar.locator('#no-face').waitFor();
    await workbench.picture('no-face');
  });

  test('several files are searched for together', async () => {
    const { workbench } = fixture;
    const [first, second] = [fixture.portrait(0), fixture.portrait(1)];
    await (await workbench.revealInExplorer(first.file)).click();
    const row = await workbench.revealInExplorer(second.file);
    await row.click({ modifiers: ['Control'] });
    await row.click({ button: 'right' });
    await workbench.chooseFromMenu('Find Similar Characters');
    await expect
      .poll(() => workbench.sidebar.getByRole('tab', { name: /^Query image/ }).count(), patient)
      .toBe(2);
    await workbench.picture('two-query-images');
  });

  test('a result opens, is compared, searched from, and its path copied', async () => {
    const { workbench } = fixture;
    const { page, sidebar } = workbench;
    await workbench.findSimilar(fixture.portrait(2).file);
    const [name = ''] = await workbench.results(sidebar);
    const card = sidebar.locator('[role=gridcell][data-index="0"]');
    await card.click();
    await page.locator('.tab', { hasText: name }).first().waitFor();
    await card.click({ button: 'right' });
    await workbench.picture('result-menu');
    await workbench.chooseFromMenu('Copy Path');
    await expect.poll(() => workbench.clipboardText(), patient).toMatch(new RegExp(`${name}$`));
    await card.click({ button: 'right' });
    await workbench.chooseFromMenu('Compare Side by Side');
    await page.locator('.tab', { hasText: '↔' }).waitFor();
    await workbench.picture('compare');
    await card.click({ button: 'right' });
    await workbench.chooseFromMenu('Search from Here');
    await sidebar.locator('#query .name', { hasText: name }).waitFor();
  });

  test('"not the same character" takes the pair out of the results', async () => {
    const { workbench } = fixture;
    const { sidebar } = workbench;
    await workbench.findSimilar(fixture.portrait(0).file);
    const [name = ''] = await workbench.results(sidebar);
    await sidebar.locator('[role=gridcell][data-index="0"]').click({ button: 'right' });
    await workbench.chooseFromMenu('Not the Same Character');
    await expect.poll(async () => (await workbench.results(sidebar))[0], patient).not.toBe(name);
  });

  test('an image on the clipboard is searched for', async () => {
    const { workbench } = fixture;
    const { sidebar } = workbench;
    const file = fixture.truth.find(
      ({ file, faces }) => file.endsWith('.png') && faces.length === 1,
    );
    const bytes = await readFile(join(fixture.folder, file?.file ?? ''));
    await workbench.copyPng(bytes);
    await workbench.run('Familiar Faces: Find Similar Characters to Clipboard Image');
    await sidebar.locator('#query .label', { hasText: 'Not part of the workspace' }).waitFor();
    await sidebar.locator('[role=gridcell][data-image-id]').first().waitFor();
    const [first = ''] = await workbench.results(sidebar);
    expect(fixture.charactersOf(first)).toContain(file?.faces[0]?.character);
    await workbench.picture('clipboard-image');
  });

  test('an image outside of the workspace is searched for', async () => {
    const { workbench, folder } = fixture;
    const { page, sidebar } = workbench;
    const { file, faces } = fixture.portrait(3);
    const outside = join(dirname(folder), `outside${extname(file)}`);
    await copyFile(join(folder, file), outside);
    await workbench.begin('Familiar Faces: Find Similar Characters to Image Outside the Workspace');
    const input = page.locator('.quick-input-widget input.input');
    await expect.poll(() => input.inputValue(), patient).toMatch(/\/$/);
    const row = page.locator('.quick-input-list .monaco-list-row', { hasText: 'outside' });
    // While it lists the first folder, the dialog may add what is typed to that folder's path.
    await expect
      .poll(async () => {
        if ((await input.inputValue()) !== outside) {
          await input.fill(outside);
        }
        return await row.count();
      }, patient)
      .toBe(1);
    await page.keyboard.press('Enter');
    await sidebar.locator('#query .name', { hasText: 'outside' }).waitFor();
    await sidebar.locator('[role=gridcell][data-image-id]').first().waitFor();
    const [first = ''] = await workbench.results(sidebar);
    expect(fixture.charactersOf(first)).toContain(faces[0]?.character);
    await workbench.picture('outside-image');
  });

  test('a result is revealed in the Explorer', async () => {
    const { workbench } = fixture;
    await workbench.findSimilar(fixture.portrait(2).file);
    const [name = ''] = await workbench.results(workbench.sidebar);
    await workbench.sidebar.locator('[role=gridcell][data-index="0"]').click({ button: 'right' });
    await workbench.chooseFromMenu('Reveal in Explorer View');
    await workbench.page
      .locator(`.explorer-folders-view .monaco-list-row.selected[aria-label^="${name}"]`)
      .waitFor();
  });

  test('the panel beside the editor shows the same search, larger', async () => {
    const { workbench } = fixture;
    await workbench.findSimilar(fixture.portrait(0).file);
    await workbench.run('Familiar Faces: Open Panel Beside');
    await workbench.panel.locator('[role=gridcell][data-image-id]').first().waitFor();
    const [first] = await workbench.results(workbench.sidebar);
    expect((await workbench.results(workbench.panel))[0]).toBe(first);
    await workbench.picture('panel');
  });

  test('the face map is exported', async () => {
    const { workbench } = fixture;
    const { page } = workbench;
    await workbench.choose('Familiar Faces: Export Face Map', 'CSV');
    const path = page.locator('.quick-input-widget input.input');
    await expect.poll(() => path.inputValue(), patient).toContain('face-map.csv');
    await page.keyboard.press('Enter');
    await page.locator('.notification-toast', { hasText: 'Exported' }).waitFor();
    const rows = (await readFile(join(fixture.folder, 'face-map.csv'), 'utf8')).trim().split('\n');
    const faces = await workbench.status.getAttribute('aria-label');
    expect(rows.length - 1).toBe(Number(/(\d+) faces/.exec(faces ?? '')?.[1]));
    await workbench.picture('exported');
  });

  test('the diagnosis is shown as a page', async () => {
    const { workbench } = fixture;
    await workbench.run('Familiar Faces: Diagnose');
    const { page } = workbench;
    await page.locator('.tab', { hasText: 'Familiar Faces Diagnosis' }).waitFor();
    await page
      .frameLocator('iframe.webview.ready[src*="markdown"]')
      .frameLocator('iframe#active-frame')
      .getByText('Everything works.')
      .waitFor();
    await workbench.picture('diagnosis');
  });
});
