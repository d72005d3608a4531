import type { Failure } from '../../../src/protocol/failureSchema.ts';
import type { ViewResults, ViewState } from '../../../src/protocol/viewProtocol.ts';
import { foundState, sampleQuery } from './library.ts';
import { busyProgress, emptyResults, idleProgress, idleState } from './states.ts';
import type { View, ViewOptions } from './view.ts';

/** One screen of the application: what the host says, and what the person then does. */
export interface Screen {
  readonly name: string;
  readonly options: Partial<ViewOptions>;
  /** Selector of what must be there, so that the screen is known to be the right one. */
  readonly shows: string;
  readonly act?: (view: View) => Promise<void>;
}

const unreadable: Failure = {
  code: 'image-format',
  message: 'Expected an image but received 12 bytes that are none in scenes/broken_copy.png',
  remedy: 'Export the picture again, or remove the file.',
};

const engineDied: Failure = {
  code: 'engine-lost',
  message: 'The engine ended unexpectedly 5 times within a minute (exit code 139).',
  remedy: 'Restart it; if it happens again, run Diagnose and look into the log.',
};

const diskFull: Failure = {
  code: 'store-full',
  message: 'The disk is full: the database could not be written.',
  remedy: 'Free some space, then start indexing again.',
};

/** Every screen, by what leads to it. Pictures come from `origin`. */
export function gallery(origin: string): readonly Screen[] {
  return [...beforeSearching(), ...searching(origin), ...found(origin), ...failed(origin)];
}

function beforeSearching(): Screen[] {
  const at = (name: string, shows: string, state: Partial<ViewState>): Screen => ({
    name,
    shows,
    options: { state: { ...idleState, ...state }, results: emptyResults },
  });
  const scanning = {
    ...busyProgress,
    phase: 'scanning' as const,
    total: 0,
    remainingSeconds: null,
  };
  return [
    { name: 'loading', shows: '#loading', options: { start: 'silent' } },
    { name: 'start-failed', shows: '#start-failed', options: { start: 'refused' } },
    at('empty', '#empty', {}),
    at('starting', '#empty', { engine: 'starting', library: null }),
    at('empty-scanning', '.endless', { progress: scanning, library: { images: 0, faces: 0 } }),
    at('empty-indexing', '#indexing', { progress: busyProgress }),
    at('no-folder', '#no-folder', { engine: 'none', library: null }),
    at('untrusted', '#untrusted', { waiting: { reason: 'untrusted' } }),
    at('large', '#large', {
      waiting: { reason: 'large', count: 20_000, isExact: true, seconds: 5_000 },
    }),
    at('engine-lost', '#engine-lost', { engine: 'lost', engineFailure: engineDied }),
    at('open-failed', '#open-failed', { openFailure: unreadable }),
    at('opening', '#loading', { opening: ['alice_happy.png'] }),
  ];
}

function searching(origin: string): Screen[] {
  const { state } = foundState(origin);
  const at = (name: string, shows: string, given: Partial<ViewState>, results = emptyResults) => ({
    name,
    shows,
    options: { state: { ...state, ...given }, results },
  });
  const none: ViewResults = { ...emptyResults, resultsId: 3 };
  return [
    at('searching-first', '.skeletons', { searching: true }),
    at('opening-another', '#opening', { opening: ['bob_winter.png', 'bob_summer.png'] }),
    at('nothing', '#nothing', {}, none),
    at('nothing-yet', '#nothing', { progress: busyProgress }, { ...none, partial: true }),
    at('nothing-indexed', '#nothing', { library: { images: 1, faces: 1 } }, none),
  ];
}

function found(origin: string): Screen[] {
  const { state, results } = foundState(origin);
  const at = (
    name: string,
    given: Partial<ViewState>,
    more: { shows?: string; results?: Partial<ViewResults>; act?: Screen['act'] } = {},
  ): Screen => ({
    name,
    shows: more.shows ?? '.card .name',
    options: { state: { ...state, ...given }, results: { ...results, ...more.results } },
    ...(more.act === undefined ? {} : { act: more.act }),
  });
  const [query] = state.queries;
  if (query === undefined) {
    throw new Error('Expected a query in the sample state');
  }
  const cast = (seed: number, characters: readonly number[]) =>
    sampleQuery({ cast: characters, seed, origin });
  return [
    at('found', {}),
    at('scrolled', {}, { shows: '.bar.stuck', act: scrollDown }),
    at('found-several', { queries: [cast(3, [2, 5]), cast(4, [7]), cast(8, [9, 1])] }),
    at('found-all-faces', {
      queries: [{ ...query, selectedFaceIds: query.faces.map(({ id }) => id) }],
    }),
    at('found-crowd', { queries: [cast(12, [...Array(14).keys()])] }),
    at(
      'found-by-feel',
      { queries: [{ ...query, selectedFaceIds: [] }], weight: 0.2 },
      { results: { cards: results.cards.map(withoutFace), search: 'exact' } },
    ),
    at(
      'no-face',
      { queries: [{ ...query, faces: [], selectedFaceIds: [] }] },
      { shows: '#no-face' },
    ),
    at('indexing', { progress: busyProgress }, { shows: '#indexing', results: { partial: true } }),
    at(
      'paused',
      { progress: { ...busyProgress, phase: 'paused', imagesPerSecond: null } },
      { shows: '#indexing', results: { partial: true } },
    ),
    at('searching-again', { searching: true }, { shows: '.summary vscode-progress-ring' }),
    at(
      'found-copies-of-query',
      { queries: [{ ...query, inLibrary: false, label: 'Clipboard' }] },
      { results: { copiesOfQuery: ['backup/festival_3.png', 'old/festival (2).png'] } },
    ),
    at('drawing', {}, { shows: '.drawn', act: drawByKeyboard }),
    at('copies', {}, { shows: '[popover]:popover-open', act: openCopies }),
    at(
      'focus',
      {},
      { shows: '.card:focus', act: (view) => view.page.locator('.card').nth(1).press('ArrowLeft') },
    ),
  ];
}

function failed(origin: string): Screen[] {
  const { state, results } = foundState(origin);
  const at = (name: string, shows: string, given: Partial<ViewState>, list = results) => ({
    name,
    shows,
    options: { state: { ...state, ...given }, results: list },
  });
  const none: ViewResults = { ...emptyResults, resultsId: 3 };
  return [
    at('search-failed', '.screen#search-failed', { searchFailure: diskFull }, none),
    at('search-failed-again', '.banner#search-failed', { searchFailure: diskFull }),
    at('another-failed', '#open-failed', { openFailure: unreadable }),
    at('index-failed', '#index-failed', {
      progress: { ...idleProgress, phase: 'failed', failure: diskFull },
    }),
    { ...at('dropping', '.drop', {}), act: dragOver },
    {
      ...at('refused', '#notice', {}),
      act: async (view) => {
        view.answers['faces/select'] = () => {
          throw { message: diskFull.message, data: diskFull };
        };
        await view.page.locator('ff-face-overlay .region').nth(1).click();
      },
    },
  ];
}

function withoutFace(card: ViewResults['cards'][number]): ViewResults['cards'][number] {
  return { ...card, face: null, queryFaceId: null, probability: null, identityCosine: null };
}

async function drawByKeyboard(view: View): Promise<void> {
  await view.page.getByRole('button', { name: 'Draw a face' }).press('Enter');
}

async function openCopies(view: View): Promise<void> {
  await view.page.getByRole('button', { name: '2 identical copies' }).first().click();
}

async function dragOver(view: View): Promise<void> {
  await view.page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['picture'], 'alice.png', { type: 'image/png' }));
    document.body.dispatchEvent(new DragEvent('dragenter', { dataTransfer, bubbles: true }));
  });
}

async function scrollDown(view: View): Promise<void> {
  await view.page.locator('.card').first().waitFor();
  await view.page.locator('.page').evaluate((page) => page.scrollTo(0, 1_500));
}
