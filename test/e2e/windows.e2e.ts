import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { root } from '../../tools/scripts/build.ts';
import { findEngine, findEngines, findExtensionHosts } from './harness/engineProcess.ts';
import { Fixture } from './harness/fixture.ts';
import { patienceMs, Workbench } from './harness/workbench.ts';

const images = 36;
const fixture = new Fixture({ images, characters: 4 });
const patient = { timeout: patienceMs };
const firstCard = (application: FrameLocator) =>
  application.locator('[role=gridcell][data-image-id]').first();

describe('engines and windows that come and go', () => {
  beforeEach(({ task }) => fixture.watch(task.name.replaceAll(/\W+/g, '-')));

  test('an image is dragged from the Explorer onto the view', async () => {
    const { workbench } = fixture;
    const { page, panel } = workbench;
    await workbench.indexed();
    await workbench.run('Familiar Faces: Open Panel Beside');
    await panel.locator('#empty').waitFor();
    const { file } = fixture.portrait(1);
    const row = await workbench.boxOf(await workbench.revealInExplorer(file));
    const target = await workbench.boxOf(panel.locator('#empty'));
    await page.mouse.move(row.x + 40, row.y + row.height / 2);
    await page.mouse.down();
    await page.mouse.move(row.x + 60, row.y + row.height / 2 + 4, { steps: 4 });
    // Without Shift the editor takes the file: VS Code itself asks for the key over webviews.
    await page.keyboard.down('Shift');
    const [x, y] = [target.x + target.width / 2, target.y + target.height / 2];
    await page.mouse.move(x, y, { steps: 12 });
    await panel.locator('.drop').waitFor();
    await workbench.picture('dragging');
    await page.mouse.move(x + 2, y + 2);
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await panel.locator('#query .name', { hasText: basename(file) }).waitFor();
    await firstCard(panel).waitFor();
    // A file of the library, not a copy of its bytes from elsewhere.
    expect(await panel.getByText('Not part of the workspace').count()).toBe(0);
  });

  test('a search that is asked for while the engine starts again is made', async () => {
    const { workbench, server } = fixture;
    const { page, panel } = workbench;
    const { file } = fixture.portrait(2);
    // The panel has a search already, which the new engine is asked to open again.
    await firstCard(panel).waitFor();
    await (await workbench.revealInExplorer(file)).click({ button: 'right' });
    const entry = page.locator('.monaco-menu .action-label[aria-label="Find Similar Characters"]');
    await entry.first().hover();
    await page.waitForTimeout(500);
    process.kill((await findEngine(server)) ?? 0, 'SIGKILL');
    await entry.first().click();
    await panel.locator('#query .name', { hasText: basename(file) }).waitFor();
    await firstCard(panel).waitFor();
  });

  test('an engine that is given up is said to be so, everywhere, and is started again', async () => {
    const { workbench, folder, server } = fixture;
    const { page, panel, sidebar } = workbench;
    await workbench.showContainer(/^Familiar Faces/);
    await sidebar.locator('#empty').waitFor();
    const before = await workbench.results(panel);
    const models = join(dirname(folder), 'models');
    await mkdir(models);
    await fixture.configure({ 'familiarFaces.modelsFolder': models });
    await panel.locator('#engine-lost').waitFor();
    await sidebar.locator('#engine-lost').waitFor();
    await workbench.statusWith('has stopped').waitFor();
    const toast = page.locator('.notification-toast', { hasText: 'Familiar Faces has stopped' });
    await toast.waitFor();
    expect(await toast.count()).toBe(1);
    await workbench.picture('engine-lost');
    expect(await findEngine(server)).toBeUndefined();
    await cp(join(root, 'models'), models, { recursive: true });
    await panel.getByText('Restart', { exact: true }).click();
    await firstCard(panel).waitFor();
    await expect.poll(() => workbench.results(panel), patient).toEqual(before);
    await workbench.indexed();
    await fixture.configure({});
    await workbench.run('Notifications: Clear All Notifications');
    await workbench.run('View: Close All Editors');
  });

  test('two windows on one folder both answer and both follow what happens', async () => {
    const { workbench, browser, server, folder } = fixture;
    const { file } = fixture.portrait(0);
    const other = fixture.portrait(1).file;
    const second = await Workbench.open(browser, server.folderUrl(folder));
    try {
      await second.indexed();
      await expect.poll(async () => (await findEngines(server)).length, patient).toBe(2);
      await second.findSimilar(file);
      await workbench.findSimilar(file);
      for (const window of [workbench, second]) {
        await expect.poll(() => window.results(window.sidebar), patient).toContain(basename(other));
      }
      const renamed = join(folder, 'seen-by-both.webp');
      await rename(join(folder, other), renamed);
      for (const window of [workbench, second]) {
        await expect
          .poll(() => window.results(window.sidebar), patient)
          .toContain('seen-by-both.webp');
        await window.statusWith(`faces in ${images} images`).waitFor();
      }
      await second.picture('second-window');
      await rename(renamed, join(folder, other));
    } finally {
      await second.close();
    }
    // The engine of a closed window ends with it, and the other window goes on.
    await expect.poll(async () => (await findEngines(server)).length, patient).toBe(1);
    await expect
      .poll(() => workbench.results(workbench.sidebar), patient)
      .toContain(basename(other));
  });

  test('a killed extension host takes its engine along, and the next window goes on', async () => {
    const { workbench, server, folder } = fixture;
    await workbench.run('Familiar Faces: Reindex Workspace');
    await workbench.statusWith('Indexing images').waitFor();
    const before = await findEngine(server);
    for (const host of await findExtensionHosts(server)) {
      process.kill(host, 'SIGKILL');
    }
    await expect.poll(() => findEngine(server), patient).toBeUndefined();
    expect(before).toBeDefined();
    const lost = await fixture.ask('stats');
    expect(lost).toMatchObject({ images, failures: 0 });
    // While nobody looks, a picture goes: the next window finds that out.
    await rm(join(folder, fixture.portrait(2).file));
    await workbench.reload();
    await workbench.indexed();
    await workbench.statusWith(`faces in ${images - 1} images`).waitFor();
    await workbench.findSimilar(fixture.portrait(0).file);
  });
});
