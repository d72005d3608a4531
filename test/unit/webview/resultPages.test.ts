import { describe, expect, test } from 'vitest';
import { type Card, pageSize, type ViewResults } from '../../../src/protocol/viewProtocol.ts';
import { ResultPages } from '../../../webview/state/resultPages.ts';

function card(imageId: number): Card {
  return {
    imageId,
    name: `${imageId}.png`,
    folder: '',
    width: 10,
    height: 10,
    thumbnail: null,
    score: 0,
    probability: null,
    face: null,
    queryFaceId: null,
    identityCosine: null,
    lookCosine: 0,
    copies: [],
  };
}

const cards = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => card(first + index));

function list(resultsId: number, given: Partial<ViewResults> = {}): ViewResults {
  return {
    resultsId,
    reason: 'query',
    total: 1_000,
    cards: cards(resultsId * 10_000, pageSize),
    copiesOfQuery: [],
    partial: false,
    search: 'annoy',
    ...given,
  };
}

function setUp() {
  const asked: { resultsId: number; offset: number; answer: (page: Card[] | null) => void }[] = [];
  let changes = 0;
  const pages = new ResultPages(
    list(1),
    (resultsId, offset) =>
      new Promise((answer) => {
        asked.push({ resultsId, offset, answer });
      }),
    () => {
      changes += 1;
    },
  );
  return { pages, asked, changes: () => changes };
}

/** Lets the promises that have been settled run on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('pages of results', () => {
  test('the first page is there at once', () => {
    const { pages, asked } = setUp();
    pages.ensure(0, pageSize - 1);
    expect(pages.cardAt(0)?.imageId).toBe(10_000);
    expect(asked).toEqual([]);
  });

  test('others are fetched once, when they come into sight', async () => {
    const { pages, asked, changes } = setUp();
    pages.ensure(pageSize - 5, 2 * pageSize + 5);
    pages.ensure(pageSize, pageSize + 1);
    expect(asked.map(({ offset }) => offset)).toEqual([pageSize, 2 * pageSize]);
    expect(pages.cardAt(pageSize)).toBeNull();
    asked[0]?.answer(cards(500, pageSize));
    await settled();
    expect(pages.cardAt(pageSize)?.imageId).toBe(500);
    expect(changes()).toBe(1);
  });

  test('nothing is asked for beyond the end', () => {
    const { pages, asked } = setUp();
    pages.ensure(950, 5_000);
    expect(asked.map(({ offset }) => offset)).toEqual([800]);
  });

  test('a page of an older list is dropped', async () => {
    const { pages, asked, changes } = setUp();
    pages.ensure(pageSize, pageSize);
    pages.replace(list(2));
    asked[0]?.answer(cards(500, pageSize));
    await settled();
    expect(pages.cardAt(pageSize)).toBeNull();
    expect(changes()).toBe(0);
  });

  test('a refused page is asked for again when it is wanted again', async () => {
    const { pages, asked } = setUp();
    pages.ensure(pageSize, pageSize);
    asked[0]?.answer(null);
    await settled();
    pages.ensure(pageSize, pageSize);
    expect(asked).toHaveLength(2);
  });

  test('after a refresh old cards stay until their page has come anew', async () => {
    const { pages, asked } = setUp();
    pages.ensure(pageSize, pageSize);
    asked[0]?.answer(cards(500, pageSize));
    await settled();
    pages.replace(list(2, { reason: 'refresh' }));
    expect(pages.cardAt(pageSize)?.imageId).toBe(500);
    pages.ensure(pageSize, pageSize);
    asked[1]?.answer(cards(700, pageSize));
    await settled();
    expect(pages.cardAt(pageSize)?.imageId).toBe(700);
  });

  test('a shorter list has no cards beyond its end', () => {
    const { pages } = setUp();
    pages.replace(list(2, { reason: 'refresh', total: 3, cards: cards(0, 3) }));
    expect(pages.total).toBe(3);
    expect(pages.cardAt(3)).toBeNull();
  });
});
