import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  initialSchema,
  type ViewMethod,
  viewNotifications,
  viewRequests,
} from '../../../src/protocol/viewProtocol.ts';
import { cards, resultLists, spoiled, states } from '../../webview/harness/arbitraries.ts';

const box = { x: 1, y: 2, width: 30, height: 40 };

/** One well-formed message of each kind that a view sends. */
const samples: Readonly<Record<ViewMethod, unknown>> = {
  ready: null,
  'results/page': { resultsId: 4, offset: 200 },
  'query/open': {
    sources: [
      { kind: 'result', imageId: 7 },
      { kind: 'uri', uri: 'file:///a.png' },
      { kind: 'bytes', name: 'a.png', base64: 'AA==' },
    ],
  },
  'query/choose': null,
  'query/close': { queryId: 'a' },
  'faces/select': { queryId: 'a', faceIds: [1, 2] },
  'faces/add': { queryId: 'a', box },
  'faces/remove': { queryId: 'a', faceId: 1 },
  weight: { weight: 0.4 },
  'search/retry': null,
  'result/open': { imageId: 1, place: 0, beside: true },
  'result/reject': { imageId: 1 },
  'decision/undo': null,
  'decision/redo': null,
  'index/start': null,
  'index/pause': null,
  'index/resume': null,
  'engine/restart': null,
  'folder/open': null,
  'trust/manage': null,
  'library/show': null,
  'log/show': null,
};

const methods = Object.keys(viewRequests) as ViewMethod[];

describe('what a view sends', () => {
  test.each(methods)('"%s" is accepted as it should be, and junk is refused quietly', (method) => {
    const { params } = viewRequests[method];
    expect(params.safeParse(samples[method]).success).toBe(true);
    fc.assert(
      fc.property(fc.anything(), (junk) => {
        const checked = params.safeParse(junk);
        // Only a message that asks for nothing may be the same as junk.
        expect(checked.success).toBe(samples[method] === null && junk === null);
      }),
    );
    fc.assert(
      fc.property(spoiled(samples[method]), (message) => {
        expect(() => params.safeParse(message)).not.toThrow();
      }),
    );
  });

  test('is limited in size', () => {
    const open = viewRequests['query/open'].params;
    const uri = (length: number) => ({ sources: [{ kind: 'uri', uri: 'a'.repeat(length) }] });
    expect(open.safeParse(uri(8192)).success).toBe(true);
    expect(open.safeParse(uri(8193)).success).toBe(false);
    const sources = Array.from({ length: 17 }, () => ({ kind: 'result', imageId: 1 }));
    expect(open.safeParse({ sources }).success).toBe(false);
    expect(open.safeParse({ sources: [] }).success).toBe(false);
  });

  test.each([
    ['a weight beyond its range', 'weight', { weight: 1.01 }],
    ['a box without size', 'faces/add', { queryId: 'a', box: { ...box, width: 0 } }],
    ['a box of no numbers', 'faces/add', { queryId: 'a', box: { ...box, x: Number.NaN } }],
    ['an offset before the start', 'results/page', { resultsId: 1, offset: -1 }],
    ['a path instead of an id', 'result/reject', { imageId: '/etc/passwd' }],
    ['more than was asked for', 'result/reject', { imageId: 1, path: '/etc/passwd' }],
  ] as const)('refuses %s', (_, method, message) => {
    expect(viewRequests[method].params.safeParse(message).success).toBe(false);
  });
});

describe('what the host sends', () => {
  test('every state and every list of results is accepted', () => {
    fc.assert(
      fc.property(states, resultLists, (state, results) => {
        const initial = { sessionId: 'a', placement: 'panel', l10n: null, state, results };
        expect(initialSchema.safeParse(initial).error).toBeUndefined();
      }),
    );
  });

  test('a state or list with a part that is spoiled never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(states.chain(spoiled), resultLists.chain(spoiled), fc.anything()),
        (message) => {
          for (const schema of Object.values(viewNotifications)) {
            expect(() => schema.safeParse(message)).not.toThrow();
          }
          expect(() => initialSchema.safeParse(message)).not.toThrow();
        },
      ),
    );
  });

  test('names arrive without what deceives the eye', () => {
    const schema = viewRequests['results/page'].result;
    fc.assert(
      fc.property(cards, (card) => {
        const [checked] = schema.parse([{ ...card, name: 'alice\u202egnp.exe' }]) ?? [];
        expect(checked?.name).toBe('alice\ufffdgnp.exe');
        const texts = [checked?.name, checked?.folder, ...(checked?.copies ?? [])];
        expect(texts.join()).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});
