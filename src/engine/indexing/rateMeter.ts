/** Over how much of the past the rate is measured. */
const windowMs = 10_000;

/** Images per second over the last seconds, from the times at which images were finished. */
export class RateMeter {
  readonly #now: () => number;
  #marks: { readonly atMs: number; readonly done: number }[] = [];

  /** @param now a monotonic clock in milliseconds, so that a changed system time does no harm. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  reset(): void {
    this.#marks = [];
  }

  /** Notes that `done` images of the run are finished by now. */
  mark(done: number): void {
    const atMs = this.#now();
    this.#marks.push({ atMs, done });
    const oldest = this.#marks.findIndex((mark) => mark.atMs >= atMs - windowMs);
    this.#marks.splice(0, Math.max(0, oldest - 1));
  }

  /** Images per second; null before there are two marks to measure between. */
  perSecond(): number | null {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (first === undefined || last === undefined || last.atMs === first.atMs) {
      return null;
    }
    return ((last.done - first.done) * 1000) / (last.atMs - first.atMs);
  }
}
