import { describe, expect, it } from 'vitest';
import { abortable, Scope } from '../../../src/common/scope.ts';

/** Work that ends when it is told to, or when it is cancelled and its clean-up is done. */
function work() {
  const done = Promise.withResolvers<string>();
  const cleaned = Promise.withResolvers<void>();
  const run = async (signal: AbortSignal) => {
    try {
      return await abortable(done.promise, signal);
    } finally {
      if (signal.aborted) {
        await cleaned.promise;
      }
    }
  };
  return { run, finish: () => done.resolve('done'), clean: () => cleaned.resolve() };
}

const aborted = { name: 'AbortError' };

describe('Scope', () => {
  it('gives what its work gives', async () => {
    const scope = new Scope();
    const { run, finish } = work();
    const result = scope.run(run);
    finish();
    expect(await result).toBe('done');
  });

  it('cancels what is under way when it is closed, and has ended when that has', async () => {
    const scope = new Scope();
    const { run, clean } = work();
    const order: string[] = [];
    const result = expect(scope.run(run)).rejects.toMatchObject(aborted);
    scope.close();
    const ended = scope.ended().then(() => order.push('ended'));
    await Promise.resolve();
    order.push('cleaned');
    clean();
    await Promise.all([result, ended]);
    expect(order).toEqual(['cleaned', 'ended']);
  });

  it('begins nothing once it is closed', async () => {
    const scope = new Scope();
    scope.close();
    let begun = 0;
    const start = scope.run(async () => begun++);
    await expect(start).rejects.toMatchObject(aborted);
    expect(begun).toBe(0);
  });

  it('cancels one work by its own signal, and no other', async () => {
    const scope = new Scope();
    const cancel = new AbortController();
    const [one, other] = [work(), work()];
    const cancelled = scope.run(one.run, cancel.signal);
    const kept = scope.run(other.run);
    cancel.abort();
    one.clean();
    await expect(cancelled).rejects.toMatchObject(aborted);
    other.finish();
    expect(await kept).toBe('done');
  });
});

describe('abortable', () => {
  it('ends the waiting and not the work', async () => {
    const cancel = new AbortController();
    const done = Promise.withResolvers<string>();
    const waiting = abortable(done.promise, cancel.signal);
    cancel.abort();
    await expect(waiting).rejects.toMatchObject(aborted);
    done.resolve('late');
    expect(await done.promise).toBe('late');
  });
});
