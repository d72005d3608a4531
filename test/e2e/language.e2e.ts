import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { languages } from '../../tools/scripts/texts.ts';
import { Fixture } from './harness/fixture.ts';
import { Workbench } from './harness/workbench.ts';

const fixture = new Fixture({ images: 12, characters: 2 });
const read = (file: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));

describe.each(languages)('a window in %s', (language) => {
  beforeEach(({ task }) => fixture.watch(`${language}-${task.name.replaceAll(/\W+/g, '-')}`));
  const texts = read(`l10n/bundle.l10n.${language}.json`);
  const strings = read(`package.nls.${language}.json`);

  test('speaks the language from the menu to the results', async () => {
    const { browser, server, folder } = fixture;
    const window = await Workbench.open(browser, server.folderUrl(folder), { language });
    try {
      const { sidebar } = window;
      const row = await window.revealInExplorer(fixture.portrait(0).file);
      await row.click({ button: 'right' });
      await window.chooseFromMenu(strings['command.findSimilar'] ?? '');
      await sidebar.getByText(texts['Same character'] ?? '', { exact: true }).waitFor();
      await sidebar.locator('[role=gridcell][data-image-id]').first().waitFor();
      const direction = await sidebar.locator('html').getAttribute('dir');
      expect(direction).toBe(language === 'ar' ? 'rtl' : 'ltr');
      await window.page
        .locator('.sidebar .pane-header', { hasText: strings['view.library'] ?? '' })
        .waitFor();
      await window.picture(`language-${language}`);
    } finally {
      await window.close();
    }
  });
});
