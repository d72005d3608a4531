import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Fixture } from './harness/fixture.ts';
import { patienceMs, Workbench } from './harness/workbench.ts';

const all = ['art/characters', 'art/scenes', 'art/backgrounds'];
const fixture = new Fixture({
  images: 30,
  characters: 4,
  prepare: async (folder) => {
    await writeWorkspace(folder, all);
    await mkdir(join(dirname(folder), 'nothing'));
  },
  address: (server, folder) => server.workspaceUrl(workspaceFile(folder)),
});
const workspaceFile = (folder: string) => join(dirname(folder), 'game.code-workspace');
const patient = { timeout: patienceMs };

describe('workspaces of every kind', () => {
  beforeEach(({ task }) => fixture.watch(task.name.replaceAll(/\W+/g, '-')));

  test('all folders of a workspace are one library', async () => {
    const { workbench } = fixture;
    await workbench.indexed();
    await expectImages(fixture.truth.length);
  });

  test('results name the folder that they are in', async () => {
    const { workbench } = fixture;
    const [first] = fixture.truth.filter(({ file }) => file.startsWith('characters/'));
    await workbench.findSimilar(first?.file ?? '');
    const folders = workbench.sidebar.locator('[role=gridcell][data-image-id] .folder');
    await expect.poll(() => folders.allTextContents(), patient).toContain('scenes');
    await workbench.picture('several-folders');
  });

  test('a folder that is taken out, and put in again, goes and comes', async () => {
    await writeWorkspace(fixture.folder, ['art/characters', 'art/scenes']);
    await expectImages(count('characters/') + count('scenes/'));
    await writeWorkspace(fixture.folder, all);
    await expectImages(fixture.truth.length);
  });

  test('settings hold at once', async () => {
    const configure = (settings: Readonly<Record<string, unknown>>) =>
      writeWorkspace(fixture.folder, all, settings);
    await configure({ 'familiarFaces.exclude': ['**/0*.jpg'] });
    await expectImages(fixture.truth.filter(({ file }) => !/\/0.*\.jpg$/.test(file)).length);
    await configure({ 'files.exclude': { '**/*.png': true } });
    await expectImages(fixture.truth.filter(({ file }) => !file.endsWith('.png')).length);
    await configure({});
    await expectImages(fixture.truth.length);
  });

  test('a window without a folder says so', async () => {
    const { browser, server } = fixture;
    const workbench = await Workbench.open(browser, server.emptyUrl, { status: false });
    await workbench.showContainer(/^Familiar Faces/);
    await workbench.sidebar.locator('#no-folder').waitFor();
    await workbench.picture('no-folder');
    await workbench.close();
  });

  test('a folder without images starts nothing', async () => {
    const { browser, server, folder } = fixture;
    const address = server.folderUrl(join(dirname(folder), 'nothing'));
    const workbench = await Workbench.open(browser, address, { status: false });
    await workbench.showContainer(/^Familiar Faces/);
    await workbench.sidebar.locator('#empty').waitFor();
    await workbench.picture('no-images');
    expect(await workbench.status.count()).toBe(0);
    await workbench.close();
  });

  function count(start: string): number {
    return fixture.truth.filter(({ file }) => file.startsWith(start)).length;
  }

  function expectImages(images: number) {
    return expect
      .poll(() => fixture.workbench.status.getAttribute('aria-label'), patient)
      .toMatch(new RegExp(` faces in ${images} images`));
  }
});

async function writeWorkspace(
  folder: string,
  paths: readonly string[],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const folders = paths.map((path) => ({ path }));
  await writeFile(workspaceFile(folder), JSON.stringify({ folders, settings }, null, 2));
}
