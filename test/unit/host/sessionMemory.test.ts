import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SessionMemory } from '../../../src/host/search/sessionMemory.ts';

let updates: { key: string; value: unknown }[];
let memory: SessionMemory;

beforeEach(() => {
  vi.useFakeTimers();
  updates = [];
  memory = new SessionMemory(
    {
      keys: () => [],
      get: () => undefined,
      update: async (key: string, value: unknown) => {
        updates.push({ key, value });
      },
    },
    'sidebar',
  );
});
afterEach(() => {
  vi.useRealTimers();
});

const session = (weight: number) => ({ queries: [], weight });

it('writes nothing while the slider moves, and where it rests once', () => {
  for (let step = 1; step <= 60; step++) {
    memory.writeAtRest(session(step / 100));
    vi.advanceTimersByTime(16);
  }
  expect(updates).toEqual([]);
  vi.advanceTimersByTime(2_000);
  expect(updates).toEqual([{ key: 'similar.sidebar', value: session(0.6) }]);
});

it('writes at once where the window closes, and never an older session later', async () => {
  memory.writeAtRest(session(0.2));
  memory.flush();
  memory.writeAtRest(session(0.3));
  await memory.write(session(0.4));
  vi.advanceTimersByTime(2_000);
  expect(updates.map(({ value }) => value)).toEqual([session(0.2), session(0.4)]);
});
