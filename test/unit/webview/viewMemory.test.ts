import { expect, test } from 'vitest';
import { questionOf, ViewMemory } from '../../../webview/state/viewMemory.ts';
import { foundState } from '../../webview/harness/library.ts';

const memory = { sessionId: 'a', queryId: 'q', scrollTop: 120, question: '[]' };

function store(initial?: unknown) {
  let state = initial;
  return {
    getState: () => state,
    setState: (next: unknown) => {
      state = next;
    },
  };
}

test('recalls what was kept for the same session', () => {
  const kept = new ViewMemory(store());
  expect(kept.recall('a')).toBeNull();
  kept.keep(memory);
  expect(kept.recall('a')).toEqual(memory);
});

test('forgets what belongs to another session or is malformed', () => {
  expect(new ViewMemory(store(memory)).recall('b')).toBeNull();
  expect(new ViewMemory(store({ sessionId: 'a' })).recall('a')).toBeNull();
  expect(new ViewMemory(store('a')).recall('a')).toBeNull();
});

test('a question is the same over a restart, and another with another face or weight', () => {
  const { state } = foundState('http://one');
  const [query] = state.queries;
  if (query === undefined) {
    throw new Error('Expected a query in the sample state');
  }
  const again = {
    ...state,
    queries: [
      {
        ...query,
        queryId: 'new',
        faces: query.faces.map((face) => ({ ...face, id: face.id + 50 })),
        selectedFaceIds: query.selectedFaceIds.map((id) => id + 50),
      },
    ],
  };
  expect(questionOf(again)).toBe(questionOf(state));
  const otherFace = { ...query, selectedFaceIds: [query.faces[1]?.id ?? 0] };
  expect(questionOf({ ...state, queries: [otherFace] })).not.toBe(questionOf(state));
  expect(questionOf({ ...state, weight: 0.1 })).not.toBe(questionOf(state));
});
