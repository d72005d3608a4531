import * as z from 'zod';

const memorySchema = z.object({
  sessionId: z.string(),
  /** The query image whose tab is open. */
  queryId: z.string().nullable(),
  /** How far the page is scrolled, in CSS pixels, and in which list of results. */
  scrollTop: z.number(),
  resultsId: z.number(),
});
export type Memory = z.infer<typeof memorySchema>;

interface StateStore {
  getState(): unknown;
  setState(state: unknown): void;
}

/**
 * What this page keeps over being hidden: only where the eye was. The rest lives in the host,
 * which finds it again by the session's id.
 */
export class ViewMemory {
  readonly #store: StateStore;

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** The last kept memory of the session; null for another session or a malformed one. */
  recall(sessionId: string): Memory | null {
    const checked = memorySchema.safeParse(this.#store.getState());
    return checked.success && checked.data.sessionId === sessionId ? checked.data : null;
  }

  keep(memory: Memory): void {
    this.#store.setState(memory);
  }
}
