import * as z from 'zod';
import type { ViewState } from '../../src/protocol/viewProtocol.ts';

const memorySchema = z.object({
  sessionId: z.string(),
  /** The query image whose tab is open. */
  queryId: z.string().nullable(),
  /** How far the page is scrolled, in CSS pixels, and what its results answer. */
  scrollTop: z.number(),
  question: z.string(),
});
export type Memory = z.infer<typeof memorySchema>;

/**
 * What is being asked, in a form to compare: the same over reloads and restarts, where ids change,
 * and over a refresh of the results, which keeps their order by and large.
 */
export function questionOf({ queries, weight }: Pick<ViewState, 'queries' | 'weight'>): string {
  const images = queries.map(({ name, label, faces, selectedFaceIds }) => {
    const selected = faces.filter(({ id }) => selectedFaceIds.includes(id));
    return [name, label, selected.map(({ box }) => [box.x, box.y])];
  });
  return JSON.stringify([images, weight]);
}

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
