import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DatabaseWatcher } from '../../../src/engine/library/databaseWatcher.ts';
import { LibraryStore } from '../../../src/engine/library/libraryStore.ts';
import { WriterLock } from '../../../src/engine/library/writerLock.ts';

/** The time between two looks. */
const oneLook = 1_000;

let folder: string;
let leader: { store: LibraryStore; writerLock: WriterLock };
let follower: { store: LibraryStore; writerLock: WriterLock };
let watch: DatabaseWatcher;
const onChanged = vi.fn<(leads: boolean) => Promise<void>>();
const onStale = vi.fn();

function openWindow() {
  const writerLock = new WriterLock(folder);
  writerLock.tryAcquire();
  const store = LibraryStore.open(folder, (error) => {
    throw error;
  });
  return { store, writerLock };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watch-'));
  leader = openWindow();
  follower = openWindow();
  vi.useFakeTimers();
  onChanged.mockReset().mockResolvedValue();
  watch = new DatabaseWatcher({ ...follower, onChanged, onStale, log: () => undefined });
});
afterEach(async () => {
  watch.close();
  vi.useRealTimers();
  for (const { store, writerLock } of [leader, follower]) {
    store.close();
    writerLock.release();
  }
  expect(onStale).not.toHaveBeenCalled();
  await rm(folder, { recursive: true });
});

it('reads once what was written while the library was opened, and then what is written', async () => {
  await vi.advanceTimersByTimeAsync(3 * oneLook);
  expect(onChanged.mock.calls).toEqual([[false]]);
  leader.store.meta.set('a', '1');
  await vi.advanceTimersByTimeAsync(3 * oneLook);
  expect(onChanged.mock.calls).toEqual([[false], [false]]);
});

it('reads one thing after the other, and again what it could not read', async () => {
  let fail: (error: Error) => void = () => undefined;
  onChanged.mockImplementationOnce(
    () =>
      new Promise((_, reject) => {
        fail = reject;
      }),
  );
  await vi.advanceTimersByTimeAsync(oneLook);
  leader.store.meta.set('a', '1');
  await vi.advanceTimersByTimeAsync(5 * oneLook);
  expect(onChanged).toHaveBeenCalledTimes(1);
  fail(new Error('busy'));
  await vi.advanceTimersByTimeAsync(3 * oneLook);
  expect(onChanged).toHaveBeenCalledTimes(2);
});

it('takes over once the leader has gone, and tries until it has', async () => {
  await vi.advanceTimersByTimeAsync(oneLook);
  leader.writerLock.release();
  onChanged.mockRejectedValueOnce(new Error('busy'));
  await vi.advanceTimersByTimeAsync(5 * oneLook);
  expect(onChanged.mock.calls).toEqual([[false], [true], [true]]);
  expect(follower.writerLock.isHeld).toBe(true);
});

it('tells the leader what another window wrote, and only that', async () => {
  const told = vi.fn<(takesOver: boolean) => Promise<void>>().mockResolvedValue();
  const leading = new DatabaseWatcher({
    ...leader,
    onChanged: told,
    onStale,
    log: () => undefined,
  });
  leader.store.meta.set('own', '1');
  await vi.advanceTimersByTimeAsync(3 * oneLook);
  expect(told).not.toHaveBeenCalled();
  follower.store.decisions.table.add({ kind: 'not-same', faces: [1, 2] });
  await vi.advanceTimersByTimeAsync(3 * oneLook);
  expect(told.mock.calls).toEqual([[false]]);
  leading.close();
});
