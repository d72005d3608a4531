import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CharactersViewMethod,
  charactersViewRequests,
} from '../../../src/protocol/charactersViewProtocol.ts';
import { spoiled } from '../../webview/harness/arbitraries.ts';

/** One well-formed message of each kind that the Characters view sends. */
const samples: Readonly<Record<CharactersViewMethod, unknown>> = {
  ready: null,
  'list/page': { resultsId: 4, offset: 200 },
  filter: { filter: 'al', hidden: false },
  'page/open': { kind: 'character', id: 3 },
  names: null,
  name: { id: 3, name: 'Alice' },
  nameFaces: { faceIds: [1, 2], name: 'Alice' },
  merge: { ids: [3, 4] },
  split: { id: 3, faceIds: [1] },
  judge: { id: 3, faceIds: [1], same: true },
  hide: { ids: [3], hidden: true },
  cover: { id: 3, faceId: 1 },
  undo: null,
  'proposals/accept': { accepted: [{ id: 3, name: 'Alice' }] },
  'face/open': { faceId: 1, beside: false },
  similar: { id: 3 },
  'panel/open': null,
  'index/start': null,
  'index/pause': null,
  'index/resume': null,
  'engine/restart': null,
  'folder/open': null,
  'trust/manage': null,
  'library/show': null,
  'log/show': null,
};

const methods = Object.keys(charactersViewRequests) as CharactersViewMethod[];

describe('what the Characters view sends', () => {
  test.each(methods)('"%s" is accepted as it should be, and junk is refused quietly', (method) => {
    const { params } = charactersViewRequests[method];
    expect(params.safeParse(samples[method]).success).toBe(true);
    fc.assert(
      fc.property(fc.anything(), (junk) => {
        // Only a message that asks for nothing may be the same as junk.
        expect(params.safeParse(junk).success).toBe(samples[method] === null && junk === null);
      }),
    );
    fc.assert(
      fc.property(spoiled(samples[method]), (message) => {
        expect(() => params.safeParse(message)).not.toThrow();
      }),
    );
  });
});
