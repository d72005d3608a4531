import { beforeEach, expect, test } from 'vitest';
import { findEngine } from './harness/engineProcess.ts';
import { Fixture } from './harness/fixture.ts';
import { Workbench } from './harness/workbench.ts';

const fixture = new Fixture({ images: 12, characters: 2, closed: true });
beforeEach(({ task }) => fixture.watch(task.name.replaceAll(/\W+/g, '-')));

test('nothing is indexed before somebody turns to the extension, and everything from then on', async () => {
  const { browser, server, folder, truth } = fixture;
  const workbench = await Workbench.open(browser, server.folderUrl(folder), { status: false });
  await workbench.revealInExplorer(fixture.portrait(0).file);
  // Longer than the extension takes to be activated and to fork its engine.
  await workbench.page.waitForTimeout(8_000);
  expect([await findEngine(server), await workbench.status.count()]).toEqual([undefined, 0]);
  // The key that the Explorer's menu shows works there, and is a use like any other.
  await (await workbench.revealInExplorer(fixture.portrait(0).file)).click();
  await workbench.page.keyboard.press('Control+Alt+F');
  const name = fixture.portrait(0).file.split('/').at(-1) ?? '';
  await workbench.sidebar.locator('#query .name', { hasText: name }).waitFor();
  await workbench.indexed();
  await workbench.statusWith(`in ${truth.length} images`).waitFor();
  await workbench.reload();
  await workbench.indexed();
  await workbench.close();
});
