/** Crashes are counted over this long. */
const crashWindowMs = 10 * 60_000;
const firstPauseMs = 250;
const maxPauseMs = 30_000;

/** When an engine that died is started again: after growing pauses, and not for ever. */
export class RestartPolicy {
  readonly #maxCrashes: number;
  #crashes: number[] = [];

  /** @param maxCrashes more than this within ten minutes, and the engine is given up */
  constructor(maxCrashes: number) {
    this.#maxCrashes = maxCrashes;
  }

  /** Crashes of the last ten minutes. */
  get crashes(): number {
    return this.#crashes.length;
  }

  /**
   * Counts a crash.
   * @param now milliseconds of any clock that goes forward
   * @returns milliseconds to wait before the next start; null where there is to be none
   */
  countCrash(now: number): number | null {
    this.#crashes = [...this.#crashes.filter((time) => now - time < crashWindowMs), now];
    const { crashes } = this;
    return crashes > this.#maxCrashes
      ? null
      : Math.min(maxPauseMs, firstPauseMs * 2 ** (crashes - 1));
  }

  /** As if the engine had never died: someone has asked for it anew. */
  forget(): void {
    this.#crashes = [];
  }
}
