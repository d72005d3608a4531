/**
 * Sends the slider's weight at most once per animation frame, and only the newest: a position
 * that was passed over is never asked for.
 */
export class WeightSender {
  readonly #send: (weight: number) => Promise<void>;
  readonly #onNextFrame: (callback: () => void) => void;
  #pending: number | null = null;
  #scheduled = false;

  constructor(
    send: (weight: number) => Promise<void>,
    onNextFrame: (callback: () => void) => void,
  ) {
    this.#send = send;
    this.#onNextFrame = onNextFrame;
  }

  /** What was chosen and has not come back from the host yet; null when nothing is open. */
  get pending(): number | null {
    return this.#pending;
  }

  send(weight: number): void {
    this.#pending = weight;
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#onNextFrame(() => this.#flush());
    }
  }

  /** The host's weight; from here on it is the truth where it is what was chosen last. */
  confirm(weight: number): void {
    if (!this.#scheduled && this.#pending !== null && same(weight, this.#pending)) {
      this.#pending = null;
    }
  }

  #flush(): void {
    this.#scheduled = false;
    const sent = this.#pending;
    if (sent === null) {
      return;
    }
    void this.#send(sent).then(() => {
      // The host has dealt with it, by agreeing or by refusing: its state counts again.
      if (!this.#scheduled && this.#pending === sent) {
        this.#pending = null;
      }
    });
  }
}

/** Weights are steps of the slider; two nearer than a hundredth of a step are one. */
function same(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-4;
}
