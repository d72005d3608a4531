import type { Memory, ViewMemory } from '../state/viewMemory.ts';

/** Keeps and restores where the eye was, over hiding and reload. */
export class ScrollMemory {
  readonly #memory: ViewMemory;
  #recalled: Memory | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(memory: ViewMemory) {
    this.#memory = memory;
  }

  /** Looks the session up; answers with the query image whose tab was open. */
  recall(sessionId: string): string | null {
    this.#recalled = this.#memory.recall(sessionId);
    return this.#recalled?.queryId ?? null;
  }

  /** Scrolls back, once, where the same question is answered again. */
  restore(page: HTMLElement | null, question: string): void {
    const recalled = this.#recalled;
    this.#recalled = null;
    if (page === null || recalled === null || recalled.question !== question) {
      return;
    }
    // The grid reserves its height after its first measurement, a frame or two from now.
    const attempt = (left: number) => {
      page.scrollTop = recalled.scrollTop;
      if (left > 0 && Math.abs(page.scrollTop - recalled.scrollTop) > 1) {
        requestAnimationFrame(() => attempt(left - 1));
      }
    };
    attempt(30);
  }

  /** Writes the place down, a moment after the last change. */
  keep(memory: Memory): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#memory.keep(memory), 150);
  }
}
