/** Deaths are counted over this long. */
const deathWindowMs = 10 * 60_000;
const firstPauseMs = 250;
const maxPauseMs = 30_000;

/** When an engine that died is started again: after growing pauses, and not for ever. */
export class RestartPolicy {
  readonly #maxDeaths: number;
  #deaths: number[] = [];

  /** @param maxDeaths more than this within ten minutes, and the engine is given up */
  constructor(maxDeaths: number) {
    this.#maxDeaths = maxDeaths;
  }

  /** Deaths of the last ten minutes. */
  get deaths(): number {
    return this.#deaths.length;
  }

  /**
   * Counts a death.
   * @param now milliseconds of any clock that goes forward
   * @returns milliseconds to wait before the next start; null where there is to be none
   */
  countDeath(now: number): number | null {
    this.#deaths = [...this.#deaths.filter((time) => now - time < deathWindowMs), now];
    const { deaths } = this;
    return deaths > this.#maxDeaths ? null : Math.min(maxPauseMs, firstPauseMs * 2 ** (deaths - 1));
  }

  /** As if the engine had never died: someone has asked for it anew. */
  forget(): void {
    this.#deaths = [];
  }
}
