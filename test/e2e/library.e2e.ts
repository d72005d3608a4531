import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { findEngine } from './harness/engineProcess.ts';
import { Fixture, portrait } from './harness/fixture.ts';
import { patienceMs } from './harness/workbench.ts';

const images = 30;
/** A picture that is not in the folder at first. */
let late = '';
const fixture = new Fixture({
  images,
  characters: 4,
  prepare: async (folder, truth) => {
    late = portrait(truth, 1).file;
    await mkdir(join(folder, '..', 'elsewhere'));
    await rename(join(folder, late), elsewhere(folder));
    await writeFile(join(folder, 'broken.png'), 'This is not a picture.');
  },
});
const elsewhere = (folder: string) => join(folder, '..', 'elsewhere', basename(late));
const patient = { timeout: patienceMs };

describe('the library follows what happens', () => {
  beforeEach(({ task }) => fixture.watch(task.name.replaceAll(/\W+/g, '-')));

  const { portraitFile, names, expectImages } = helpers();

  test('a new file appears in the status and in the open results', async () => {
    const { workbench } = fixture;
    await workbench.indexed();
    await expectImages(images - 1);
    await workbench.findSimilar(portraitFile());
    expect(await names()).not.toContain(basename(late));
    await rename(elsewhere(fixture.folder), join(fixture.folder, late));
    await expect.poll(names, patient).toContain(basename(late));
    await expectImages(images);
  });

  test('a renamed file is shown under its new name', async () => {
    const { folder } = fixture;
    const renamed = join(folder, 'renamed picture.webp');
    await rename(join(folder, late), renamed);
    await expect.poll(names, patient).toContain('renamed picture.webp');
    expect(await names()).not.toContain(basename(late));
    await expectImages(images);
    await rename(renamed, join(folder, late));
    await expect.poll(names, patient).toContain(basename(late));
  });

  test('a deleted file leaves the status and the open results', async () => {
    await rm(join(fixture.folder, late));
    await expect.poll(names, patient).not.toContain(basename(late));
    await expectImages(images - 1);
  });

  test('a reloaded window shows the same search at the same weight', async () => {
    const { workbench } = fixture;
    const slider = workbench.sidebar.getByRole('slider');
    await slider.fill('85');
    await expect.poll(() => slider.inputValue(), patient).toBe('85');
    const before = await stable(names);
    // The place of the slider is stored when it has rested for half a second.
    await delay(1_500);
    await workbench.reload();
    await workbench.showContainer(/^Familiar Faces/);
    await workbench.sidebar
      .locator('#query .name', { hasText: basename(portraitFile()) })
      .waitFor();
    expect(await slider.inputValue()).toBe('85');
    await expect.poll(names, patient).toEqual(before);
  });

  test('an engine that is killed in the middle comes back and goes on', async () => {
    const { workbench, server } = fixture;
    const before = await stable(names);
    await workbench.run('Familiar Faces: Reindex Workspace');
    await workbench.statusWith('Indexing').waitFor();
    const engine = await findEngine(server);
    expect(engine).toBeDefined();
    process.kill(engine ?? 0, 'SIGKILL');
    await workbench.picture('engine-killed');
    await expect.poll(() => findEngine(server), patient).not.toBe(engine);
    await workbench.indexed();
    await expectImages(images - 1);
    await expect.poll(names, patient).toEqual(before);
    // The query is one of the new engine now: it can be asked with another weight.
    await workbench.sidebar.getByRole('slider').fill('0');
    await expect.poll(names, patient).not.toEqual(before);
    expect(await workbench.page.locator('.notification-toast').allTextContents()).toEqual([]);
  });

  test('the Library view tells what is there and what it runs on', async () => {
    const { workbench } = fixture;
    await workbench.showLibrary();
    await workbench.togglePane('Similar');
    const rows = workbench.libraryTreeItems;
    for (const label of ['Images', 'Faces', 'Failures', 'Model', 'Runs on', 'Search', 'On disk']) {
      await rows.filter({ hasText: label }).first().waitFor();
    }
    await workbench.picture('library-view');
  });

  test('a file that cannot be read is listed with its reason, and tried again', async () => {
    const { workbench, folder } = fixture;
    const rows = workbench.libraryTreeItems;
    await rows.filter({ hasText: 'Failures' }).locator('.monaco-tl-twistie').click();
    const failure = rows.filter({ hasText: 'broken.png' });
    await failure.getByText('Not a readable image').waitFor();
    await workbench.picture('failures');
    await failure.hover();
    await failure.locator('.action-label[aria-label="Retry"]').click();
    await failure.waitFor();
    await rm(join(folder, 'broken.png'));
    await failure.waitFor({ state: 'detached' });
  });
});

function helpers() {
  return {
    portraitFile: () => fixture.portrait(0).file,
    names: () => fixture.workbench.results(fixture.workbench.sidebar),
    expectImages: (count: number) =>
      expect
        .poll(() => fixture.workbench.status.getAttribute('aria-label'), patient)
        .toMatch(new RegExp(` faces in ${count} images`)),
  };
}

/** What is read twice in a row. */
async function stable(read: () => Promise<string[]>): Promise<string[]> {
  let last = await read();
  for (let attempt = 0; attempt < 50; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const next = await read();
    if (next.length > 0 && next.join() === last.join()) {
      return next;
    }
    last = next;
  }
  throw new Error('Expected the results to come to rest but they did not.');
}
