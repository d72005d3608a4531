import { describe, expect, test } from 'vitest';
import { useBrowser } from './harness/fixture.ts';
import { gallery } from './harness/gallery.ts';
import { findBarriers, findClipped, photograph, settle } from './harness/inspect.ts';
import { themes } from './harness/view.ts';

const fixture = useBrowser();
/** Names need no server, which runs only once the tests have begun. */
const names = gallery('').map(({ name }) => name);

function screenNamed(name: string) {
  const screen = gallery(fixture.origin).find((candidate) => candidate.name === name);
  if (screen === undefined) {
    throw new Error(`Expected a screen but received the name "${name}"`);
  }
  return screen;
}

describe.each(names)('the screen "%s"', (name) => {
  test('can be used by everybody, in every theme and at every width', async () => {
    const { options, shows, act } = screenNamed(name);
    await using view = await fixture.open({ context: { reducedMotion: 'reduce' }, ...options });
    const shown = view.page.locator(shows).first();
    await act?.(view);
    await shown.waitFor();
    for (const theme of themes) {
      await view.wear({ theme });
      await settle(view);
      await photograph(view, `${name}-${theme}`);
      const among = theme === 'dark' ? 'everything' : 'colours';
      expect(await findBarriers(view, among), theme).toEqual([]);
    }
    await view.wear({ theme: 'dark' });
    const looks = {
      narrow: { width: 200, height: 860 },
      'right-to-left': { width: 320, height: 860, rtl: true },
      // A side bar of 320 pixels at 200 %: the browser then lays out half of them.
      zoomed: { width: 160, height: 430 },
      'zoomed-right-to-left': { width: 160, height: 430, rtl: true },
      'panel-zoomed': { width: 480, height: 360, placement: 'panel' as const },
      panel: { width: 1100, height: 760, placement: 'panel' as const },
    };
    for (const [look, { width, height, ...worn }] of Object.entries(looks)) {
      await view.page.setViewportSize({ width, height });
      await view.wear({ rtl: false, placement: 'sidebar', ...worn });
      await settle(view);
      if (!(await shown.isVisible())) {
        // Menus close when the window changes.
        await act?.(view);
        await shown.waitFor();
      }
      await photograph(view, `${name}-${look}`);
      expect(await findClipped(view), look).toEqual([]);
      if (look.endsWith('right-to-left') || look === 'panel') {
        expect(await findBarriers(view), look).toEqual([]);
      }
    }
  });
});
