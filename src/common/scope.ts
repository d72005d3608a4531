/**
 * The life of something that works: all work is begun through it. When it is closed, what is under
 * way is cancelled and nothing begins any more.
 */
export class Scope {
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  /** Aborted when the scope is closed. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /**
   * Runs work that ends with the scope.
   *
   * @param work is given a signal that also aborts with `signal`, and looks at it after each wait
   * @throws AbortError where the scope is closed or `signal` aborted before the work began.
   */
  async run<T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const either =
      signal === undefined ? this.signal : AbortSignal.any([this.#abort.signal, signal]);
    either.throwIfAborted();
    const running = work(either);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Cancels what is under way; `ended` tells when it has ended. */
  close(): void {
    this.#abort.abort();
  }

  /** Resolves when no work is under way. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) {
      await Promise.allSettled(this.#running);
    }
  }
}

/** Waits for what others wait for too: an abort ends the waiting, not the work. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
