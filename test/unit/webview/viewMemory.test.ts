import { expect, test } from 'vitest';
import { ViewMemory } from '../../../webview/state/viewMemory.ts';

const memory = { sessionId: 'a', queryId: 'q', scrollTop: 120, resultsId: 4 };

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
