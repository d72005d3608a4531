import { expect, it, vi } from 'vitest';
import { quietly } from '../../../tools/scripts/quietly.ts';

it('lets a package say nothing, unless it fails', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const written = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    const answer = await quietly(async () => {
      console.log('DONE', 'Packaged');
      return 7;
    });
    expect([answer, log.mock.calls, written.mock.calls]).toEqual([7, [], []]);
    const failing = quietly(async () => {
      console.warn('No licence was found.');
      throw new Error('failed');
    });
    await expect(failing).rejects.toThrow('failed');
    expect(written.mock.calls).toEqual([['No licence was found.\n']]);
    console.log('ours');
    expect(log.mock.calls).toEqual([['ours']]);
  } finally {
    vi.restoreAllMocks();
  }
});
