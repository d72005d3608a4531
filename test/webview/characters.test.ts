import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CharactersState, ListCard } from '../../src/protocol/charactersViewProtocol.ts';
import { launchBrowser } from './harness/browser.ts';
import {
  CharactersView,
  type CharactersViewOptions,
  charactersState,
  sampleCharacter,
  sampleFace,
} from './harness/charactersView.ts';
import { findBarriers, findClipped, photograph, settle } from './harness/inspect.ts';
import { type HarnessServer, startServer } from './harness/server.ts';
import { themes } from './harness/view.ts';

let browser: Browser;
let server: HarnessServer;
let opened: CharactersView[] = [];

beforeAll(async () => {
  server = await startServer();
  browser = await launchBrowser();
});
afterEach(() => {
  const complaints = opened.flatMap((view) => view.complaints);
  opened = [];
  expect(complaints).toEqual([]);
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

async function open(options: Partial<CharactersViewOptions> = {}): Promise<CharactersView> {
  const { origin } = server;
  const cards = people(60);
  const view = await CharactersView.open(browser, {
    origin,
    cards,
    state: charactersState(),
    ...options,
  });
  opened.push(view);
  return view;
}

const people = (count: number) =>
  Array.from({ length: count }, (_, index) => sampleCharacter(index, server.origin));
const faces = (count: number) =>
  Array.from({ length: count }, (_, index) => sampleFace(index, server.origin));

function characterPage(suggestions = 3): CharactersState {
  const page = {
    kind: 'character' as const,
    character: sampleCharacter(0, server.origin),
    suggestions: faces(30).slice(30 - suggestions),
  };
  return charactersState({ page });
}

function proposalsPage(): CharactersState {
  const proposals = people(12).map(({ id, faces: count, head }) => ({
    id,
    name: `Name ${id}`,
    faces: count,
    matching: count - 1,
    head,
  }));
  return charactersState({ page: { kind: 'proposals', proposals } });
}

const card = (view: CharactersView, index: number) =>
  view.page.locator(`[role=gridcell][data-index="${index}"]`);

async function sent<M extends Parameters<CharactersView['paramsOf']>[0]>(
  view: CharactersView,
  method: M,
) {
  await expect.poll(() => view.paramsOf(method).length).toBeGreaterThan(0);
  return view.paramsOf<M>(method).at(-1);
}

interface Screen {
  readonly state: () => CharactersState;
  readonly cards: () => readonly ListCard[];
  readonly shows: string;
  readonly act?: (view: CharactersView) => Promise<void>;
}

const screens: Record<string, Screen> = {
  all: { state: charactersState, cards: () => people(60), shows: '.card .name' },
  selected: {
    state: charactersState,
    cards: () => people(60),
    shows: '#merge',
    act: async (view) => {
      await card(view, 0).press(' ');
      await card(view, 2).press(' ');
    },
  },
  naming: {
    state: charactersState,
    cards: () => people(60),
    shows: '.rename',
    act: (view) => card(view, 8).press('F2'),
  },
  character: { state: characterPage, cards: () => faces(40), shows: '.strip' },
  'faces-selected': {
    state: characterPage,
    cards: () => faces(40),
    shows: '#split',
    act: (view) => card(view, 1).press(' '),
  },
  singles: {
    state: () => charactersState({ page: { kind: 'singles' } }),
    cards: () => faces(31),
    shows: '.card .name',
  },
  proposals: { state: proposalsPage, cards: () => [], shows: 'ff-proposal-list li' },
  none: {
    state: () =>
      charactersState({
        counts: { characters: 0, named: 0, singles: 0, hidden: 0, proposals: 0 },
        undo: null,
      }),
    cards: () => [],
    shows: '#none',
  },
};

describe.each(Object.keys(screens))('the characters screen "%s"', (name) => {
  test('can be used by everybody, in every theme and at every width', async () => {
    const { state, cards, shows, act } = screens[name] as Screen;
    await using view = await open({ state: state(), cards: cards() });
    const shown = view.page.locator(shows).first();
    await view.page.locator('.page > *').first().waitFor();
    await act?.(view);
    await shown.waitFor();
    for (const theme of themes) {
      await view.wear({ theme });
      await settle(view);
      await photograph(view, `characters-${name}-${theme}`);
      const among = theme === 'dark' ? 'everything' : 'colours';
      expect(await findBarriers(view, among), theme).toEqual([]);
    }
    await view.wear({ theme: 'dark' });
    const looks = {
      narrow: { width: 200, height: 860 },
      'right-to-left': { width: 320, height: 860, rtl: true },
      zoomed: { width: 160, height: 430 },
      panel: { width: 1100, height: 760, placement: 'panel' as const },
    };
    for (const [look, { width, height, ...worn }] of Object.entries(looks)) {
      await view.page.setViewportSize({ width, height });
      await view.wear({ rtl: false, placement: 'sidebar', ...worn });
      await settle(view);
      await photograph(view, `characters-${name}-${look}`);
      expect(await findClipped(view), look).toEqual([]);
    }
  });
});

describe('the grid of characters', () => {
  test('draws only what is in sight of thousands', async () => {
    await using view = await open({ cards: people(5_000) });
    await card(view, 0).waitFor();
    expect(await view.page.locator('[role=gridcell]').count()).toBeLessThan(80);
    await card(view, 0).press('End');
    await card(view, 4_999).waitFor();
    await expect.poll(() => card(view, 4_999).getAttribute('data-id')).toBe('5000');
  });

  test('names in place: F2, a name, Tab to the next, Escape leaves it', async () => {
    await using view = await open();
    await card(view, 7).press('F2');
    await view.page.keyboard.type('Gwen');
    await view.page.keyboard.press('Tab');
    expect(await sent(view, 'name')).toEqual({ id: 8, name: 'Gwen' });
    await view.page.keyboard.type('Nobody');
    await view.page.keyboard.press('Escape');
    await expect.poll(() => card(view, 8).evaluate((cell) => cell.matches(':focus'))).toBe(true);
    expect(view.paramsOf('name')).toHaveLength(1);
  });

  test('offers a merge for a name that another has', async () => {
    await using view = await open();
    view.answers.name = () => ({ existing: { id: 1, name: 'Alice' } });
    await card(view, 9).press('F2');
    await view.page.keyboard.type('alice');
    await view.page.keyboard.press('Enter');
    await view.page.getByRole('button', { name: 'Merge with Alice' }).click();
    expect(await sent(view, 'merge')).toEqual({ ids: [1, 10] });
    await expect.poll(() => view.page.locator('#clash').count()).toBe(0);
  });

  test('merges what is selected by keyboard, and what is dragged onto another', async () => {
    await using view = await open();
    await card(view, 0).press(' ');
    await card(view, 1).press(' ');
    await view.page.locator('#merge').click();
    expect(await sent(view, 'merge')).toEqual({ ids: [1, 2] });
    await expect.poll(() => view.page.locator('.selection').count()).toBe(0);
    await card(view, 5).locator('.picture').dragTo(card(view, 0).locator('.picture'));
    await expect.poll(() => view.paramsOf('merge').at(-1)).toEqual({ ids: [1, 6] });
  });

  test('opens a character at Enter, and comes back to its place', async () => {
    await using view = await open();
    await card(view, 4).press('Enter');
    expect(await sent(view, 'page/open')).toEqual({ kind: 'character', id: 5 });
    await view.showList(faces(40), characterPage());
    await expect.poll(() => focused(view)).toBe('back');
    await view.page.keyboard.press('Escape');
    expect(await sent(view, 'page/open')).toEqual({ kind: 'all' });
    await view.showList(people(60), charactersState());
    await expect.poll(() => card(view, 4).evaluate((cell) => cell.matches(':focus'))).toBe(true);
  });

  test('keeps the selection over a refresh, and drops it with another list', async () => {
    await using view = await open();
    await card(view, 0).press(' ');
    await view.showList(people(60), charactersState(), 'refresh');
    await expect.poll(() => card(view, 0).getAttribute('aria-selected')).toBe('true');
    await view.showList(people(60), charactersState(), 'query');
    await expect.poll(() => card(view, 0).getAttribute('aria-selected')).toBe('false');
  });

  test('undoes at Ctrl+Z, but not while a name is typed', async () => {
    await using view = await open();
    await card(view, 0).press('F2');
    await view.page.keyboard.press('Control+z');
    await view.page.keyboard.press('Escape');
    await card(view, 0).press('Control+z');
    await expect.poll(() => view.paramsOf('undo')).toHaveLength(1);
  });
});

describe('the page of a character', () => {
  test('asks for one face after the other, by Y and N', async () => {
    await using view = await open({ state: characterPage(3), cards: faces(40) });
    await card(view, 0).focus();
    await view.page.keyboard.press('y');
    await view.page.keyboard.press('n');
    await expect
      .poll(() => view.paramsOf('judge'))
      .toEqual([
        { id: 1, faceIds: [10_027], same: true },
        { id: 1, faceIds: [10_028], same: false },
      ]);
    // The host's next list still has a face that was answered: it is not asked about again.
    await view.notify('state', characterPage(3));
    await view.page.keyboard.press('y');
    await expect.poll(() => view.paramsOf('judge').at(-1)?.faceIds).toEqual([10_029]);
    await expect.poll(() => view.page.locator('.strip').count()).toBe(0);
  });

  test('takes faces out, and splits them off', async () => {
    await using view = await open({ state: characterPage(0), cards: faces(40) });
    await card(view, 3).press(' ');
    await view.page.locator('#no').click();
    expect(await sent(view, 'judge')).toEqual({ id: 1, faceIds: [10_003], same: false });
    await card(view, 1).press(' ');
    await card(view, 2).press(' ');
    await view.page.locator('#split').click();
    expect(await sent(view, 'split')).toEqual({ id: 1, faceIds: [10_001, 10_002] });
  });
});

test('names from file names are taken over but for those that are refused', async () => {
  await using view = await open({ state: proposalsPage(), cards: [] });
  await view.page.getByRole('checkbox').nth(1).uncheck();
  await view.page.getByRole('textbox').nth(0).fill('Alice');
  await view.page.getByText('Take Over 11 Names').click();
  const answer = await sent(view, 'proposals/accept');
  expect(answer?.accepted).toHaveLength(11);
  expect(answer?.accepted[0]).toEqual({ id: 1, name: 'Alice' });
  expect(answer?.accepted.map(({ id }) => id)).not.toContain(2);
});

function focused(view: CharactersView): Promise<string | undefined> {
  return view.page.evaluate(() => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement != null) {
      active = active.shadowRoot.activeElement;
    }
    return active?.id;
  });
}
