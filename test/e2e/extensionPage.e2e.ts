import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../tools/scripts/build.ts';
import { Fixture } from './harness/fixture.ts';
import { readmeUrl } from './harness/globalSetup.ts';

const fixture = new Fixture({ images: 1, characters: 1 });

test('the page of the installed extension shows the pictures of the readme', async () => {
  const { workbench } = fixture;
  const { page } = workbench;
  const asked: string[] = [];
  await page.context().route(`${readmeUrl}/**`, async (route) => {
    const path = new URL(route.request().url()).pathname;
    asked.push(path.slice(1));
    await route.fulfill({ body: await readFile(join(root, path)) });
  });
  await workbench.showContainer(/^Extensions/);
  await page.locator('.extension-list-item', { hasText: 'Familiar Faces' }).first().click();
  const readme = page.frameLocator('iframe.webview').frameLocator('iframe').first();
  const pictures = readme.locator('img');
  await pictures.first().waitFor();
  const wanted = [
    ...(await readFile(join(root, 'README.md'), 'utf8')).matchAll(/!\[[^\]]*\]\(([^)]+)\)/g),
  ];
  await expect.poll(() => asked.toSorted()).toEqual(wanted.map((match) => match[1]).toSorted());
  for (const picture of await pictures.all()) {
    await expect
      .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBeGreaterThan(0);
  }
  await workbench.picture('extension-page');
});
