import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { SearchReason } from '../../../src/host/search/foundResults.ts';
import { SearchLoop } from '../../../src/host/search/searchLoop.ts';

/** A loop whose searches end when the test says so. */
function startLoop() {
  const begun: { reason: SearchReason; signal: AbortSignal; end: (error?: Error) => void }[] = [];
  const failures: unknown[] = [];
  const told: boolean[] = [];
  const loop = new SearchLoop({
    search: (reason, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const end = (error?: Error) => (error === undefined ? resolve() : reject(error));
      begun.push({ reason, signal, end });
      return promise;
    },
    onDidChange: () => told.push(loop.searching),
    onFailure: (error) => failures.push(error),
  });
  return { loop, begun, failures, told };
}

it('makes of many wishes during a search one more search', async () => {
  const { loop, begun } = startLoop();
  loop.want('query');
  for (let step = 0; step < 20; step++) {
    loop.want('weight');
  }
  begun[0]?.end();
  await turn();
  begun[1]?.end();
  await turn();
  expect(begun.map(({ reason }) => reason)).toEqual(['query', 'weight']);
  expect(loop.searching).toBe(false);
});

it('ends the search under way for a new query, which no later wish makes weaker', async () => {
  const { loop, begun } = startLoop();
  loop.want('weight');
  loop.want('query');
  loop.want('refresh');
  expect(begun[0]?.signal.aborted).toBe(true);
  begun[0]?.end();
  await turn();
  expect(begun[1]?.reason).toBe('query');
  expect(begun[1]?.signal.aborted).toBe(false);
});

it('goes on after a failure', async () => {
  const { loop, begun, failures } = startLoop();
  loop.want('query');
  begun[0]?.end(new Error('full'));
  await turn();
  expect(failures).toEqual([new Error('full')]);
  expect(loop.searching).toBe(false);
  loop.want('weight');
  expect(begun.length).toBe(2);
});

it('says nothing of searches for a mere move of the slider', async () => {
  const { loop, begun, told } = startLoop();
  loop.want('weight');
  begun[0]?.end();
  await turn();
  expect(told).toEqual([]);
  loop.want('query');
  loop.want('weight');
  begun[1]?.end();
  await turn();
  begun[2]?.end();
  await turn();
  expect(told).toEqual([true, false]);
});
