import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { FrameLocator, Locator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { Fixture } from './harness/fixture.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const fixture = new Fixture({ images: 20, characters: 3 });

/** Names of VS Code's own themes, and the class that a webview's body has in each. */
const themes = [
  { name: 'Dark Modern', setting: 'Default Dark Modern', kind: 'vscode-dark' },
  { name: 'Light Modern', setting: 'Default Light Modern', kind: 'vscode-light' },
  { name: 'High Contrast', setting: 'Default High Contrast', kind: 'vscode-high-contrast' },
  {
    name: 'High Contrast Light',
    setting: 'Default High Contrast Light',
    kind: 'vscode-high-contrast-light',
  },
];

describe.each(themes)('the screens in $name', ({ name, setting, kind }) => {
  beforeEach(({ task }) => fixture.watch(task.name.replaceAll(/\W+/g, '-')));
  const picture = (screen: string) => `${screen}-${name.toLowerCase().replaceAll(' ', '-')}`;

  test('have no barriers that axe-core finds', async () => {
    const { workbench } = fixture;
    const { sidebar, panel } = workbench;
    await workbench.indexed();
    await fixture.configure({ 'workbench.colorTheme': setting });
    await workbench.showContainer(/^Familiar Faces/);
    await sidebar.locator(`body.${kind}`).waitFor();

    await closeQuery(sidebar);
    await workbench.picture(picture('empty'));
    expect(await findBarriers(sidebar)).toEqual([]);

    await workbench.findSimilar(fixture.portrait(0).file);
    await picturesLoaded(sidebar);
    await workbench.picture(picture('results'));
    expect(await findBarriers(sidebar)).toEqual([]);

    await sidebar.getByRole('button', { name: 'Draw a face' }).click();
    await sidebar.locator('.drawing').waitFor();
    expect(await findBarriers(sidebar)).toEqual([]);
    await workbench.page.keyboard.press('Escape');

    await workbench.run('Familiar Faces: Open Panel Beside');
    await panel.locator('[role=gridcell][data-image-id]').first().waitFor();
    await picturesLoaded(panel);
    await workbench.picture(picture('panel'));
    expect(await findBarriers(panel)).toEqual([]);
    await workbench.run('View: Close All Editors');
  });
});

/** What axe-core finds against WCAG 2.2 AA, one line for each element. */
async function findBarriers(application: FrameLocator): Promise<string[]> {
  // Evaluated by the debugger, which the page's policy does not concern.
  const page = application.locator('html');
  const results: AxeResults = await page.evaluate(`(async () => {
    ${axe}
    return await axe.run(document, {
      preload: false,
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
  })()`);
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

async function picturesLoaded(application: FrameLocator): Promise<void> {
  const first: Locator = application.locator('[role=gridcell][data-image-id] img').first();
  await first.evaluate((image: HTMLImageElement) => image.decode());
}

/** Back to the screen that a window starts with. */
async function closeQuery(application: FrameLocator): Promise<void> {
  await application.locator('#empty, #close-query').first().waitFor();
  if (await application.locator('#close-query').isVisible()) {
    await application.locator('#close-query').click();
  }
  await application.locator('#empty').waitFor();
}
