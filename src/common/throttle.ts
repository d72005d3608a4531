/** Runs `action` at most once in `intervalMs`: at once when it has been quiet, else at its end. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #action: () => void;
  #timer: NodeJS.Timeout | undefined;
  #requested = false;

  constructor(intervalMs: number, action: () => void) {
    this.#intervalMs = intervalMs;
    this.#action = action;
  }

  request(): void {
    this.#requested = true;
    if (this.#timer === undefined) {
      this.flush();
      this.#timer = setTimeout(() => this.#onTimer(), this.#intervalMs);
    }
  }

  /** Runs what is requested now. */
  flush(): void {
    if (this.#requested) {
      this.#requested = false;
      this.#action();
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#requested = false;
  }

  #onTimer(): void {
    this.#timer = undefined;
    if (this.#requested) {
      this.request();
    }
  }
}
