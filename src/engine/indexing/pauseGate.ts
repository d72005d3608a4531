/** A gate that work passes one by one; while it is closed, whoever comes waits. */
export class PauseGate {
  #opened: Promise<void> | undefined;
  #open: () => void = () => undefined;

  get isClosed(): boolean {
    return this.#opened !== undefined;
  }

  close(): void {
    if (this.#opened === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#opened = promise;
      this.#open = resolve;
    }
  }

  open(): void {
    this.#open();
    this.#opened = undefined;
  }

  /** Resolves at once while the gate is open. @throws AbortError when cancelled while waiting. */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#opened !== undefined) {
      await untilAborted(this.#opened, signal);
    }
  }
}

/** The promise's outcome, or the signal's abort, whichever comes first. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
