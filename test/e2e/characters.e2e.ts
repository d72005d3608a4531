import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Fixture } from './harness/fixture.ts';
import { patienceMs } from './harness/workbench.ts';

const fixture = new Fixture({ images: 24, characters: 3 });
const patient = { timeout: patienceMs };

/** What `characters --json` prints, as far as it is compared. */
const listSchema = z.object({
  characters: z.array(
    z.object({
      id: z.number(),
      name: z.string().nullable(),
      faces: z.array(z.object({ relativePath: z.string(), confirmed: z.boolean() })),
    }),
  ),
});

describe('the Characters view', () => {
  beforeEach(({ task }) => fixture.watch(`characters-${task.name.replaceAll(/\W+/g, '-')}`));

  const cards = () => fixture.workbench.panel.locator('[role=gridcell][data-id]');
  const names = () => cards().locator('.name').allTextContents();

  test('shows who is in the folder without being told', async () => {
    const { workbench } = fixture;
    await workbench.indexed();
    await workbench.run('Familiar Faces: Open Characters at Full Size');
    await expect.poll(() => cards().count(), patient).toBe(3);
    await workbench.picture('characters');
  });

  test('takes a name in place, by the keyboard alone', async () => {
    const { workbench } = fixture;
    await cards().first().press('F2');
    await workbench.page.keyboard.type('Alice');
    await workbench.page.keyboard.press('Enter');
    await expect.poll(async () => (await names())[0], patient).toBe('Alice');
    await workbench.picture('characters-named');
    const { characters } = listSchema.parse(await fixture.ask('characters'));
    const alice = characters.find(({ name }) => name === 'Alice');
    const shown = alice?.faces.map(({ relativePath }) =>
      fixture.charactersOf(relativePath.split('/').at(-1) ?? ''),
    );
    const [first] = shown?.find((who) => who.length === 1) ?? [];
    expect(shown?.every((who) => who.includes(first ?? ''))).toBe(true);
  });

  test('keeps the name over a reindexing and a reload of the window', async () => {
    const { workbench } = fixture;
    await workbench.run('Familiar Faces: Reindex Workspace');
    await workbench.statusWith('Indexing').waitFor();
    await workbench.indexed();
    await workbench.reload();
    await expect.poll(async () => (await names())[0], patient).toBe('Alice');
  });

  test('opens a character, and undoes a face that was taken out', async () => {
    const { workbench } = fixture;
    await cards().first().press('Enter');
    await workbench.panel.locator('#back').waitFor();
    await workbench.picture('character-page');
    const before = await cards().count();
    await cards().nth(1).press(' ');
    await workbench.panel.locator('#no').click();
    await expect.poll(() => cards().count(), patient).toBe(before - 1);
    await cards().first().press('Control+z');
    await expect.poll(() => cards().count(), patient).toBe(before);
  });

  test('finds similar pictures from the whole character', async () => {
    const { workbench } = fixture;
    await workbench.panel.locator('#similar').click();
    await workbench.sidebar.locator('[role=gridcell][data-image-id]').first().waitFor();
    await workbench.picture('character-similar');
  });
});
