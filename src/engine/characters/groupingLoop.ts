import { isAbort } from '../../common/failure.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { FaceDecisions } from './groupFaces.ts';
import type { LibraryClusters } from './libraryClusters.ts';

export interface GroupingLoopOptions {
  readonly store: LibraryStore;
  readonly clusters: () => LibraryClusters;
  /** While more faces come all the time they are grouped now and then. */
  readonly isIndexing: () => boolean;
  /** The groups have changed, or grouping has begun. */
  readonly onDidChange: () => void;
  readonly log: (message: string) => void;
}

const key = 'grouped-decisions';
/** So that faces that come together are grouped together, in milliseconds. */
const pauseMs = 300;
const pauseWhileIndexingMs = 10_000;
/** Groups are not to move under the hands of somebody who decides one thing after the other. */
const pauseAfterDecisionMs = 8_000;

/** Keeps the groups of faces up to date in the background, with what people decided as seeds. */
export class GroupingLoop {
  readonly #options: GroupingLoopOptions;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: GroupingLoopOptions) {
    this.#options = options;
  }

  /** Whether faces wait to be grouped. */
  get isBehind(): boolean {
    return this.#running !== undefined || this.#hasNewFaces;
  }

  /**
   * Groups in a while what is new, or what people decided since the last time.
   *
   * @param after what was done: a decision that was undone is to be seen undone
   */
  want(after: 'look' | 'decision' | 'undo' = 'look'): void {
    if (this.#running !== undefined || this.#abort.signal.aborted || this.#options.store.readOnly) {
      return;
    }
    const hasNewFaces = this.#hasNewFaces;
    if (!hasNewFaces && !this.#hasNewDecisions) {
      return;
    }
    if (after !== 'look') {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    const faces = this.#options.isIndexing() ? pauseWhileIndexingMs : pauseMs;
    const wait = hasNewFaces || after === 'undo' ? faces : pauseAfterDecisionMs;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#begin();
    }, wait);
  }

  /** Groups now what is new; resolves when all is grouped. */
  async catchUp(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
    if (!this.#options.store.readOnly && (this.#hasNewFaces || this.#hasNewDecisions)) {
      await this.#group();
    }
  }

  async close(): Promise<void> {
    this.#abort.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  get #hasNewFaces(): boolean {
    return this.#options.clusters().isStale;
  }

  get #hasNewDecisions(): boolean {
    const { store } = this.#options;
    return (store.meta.get(key) ?? '0 0') !== store.characters.state;
  }

  #begin(): void {
    const { log, onDidChange } = this.#options;
    this.#running = this.#group()
      .catch((error: unknown) => {
        if (!isAbort(error)) {
          log(`Faces could not be grouped: ${String(error)}`);
        }
      })
      .finally(() => {
        this.#running = undefined;
        if (!this.#abort.signal.aborted) {
          onDidChange();
        }
      });
  }

  async #group(): Promise<void> {
    const { store, clusters } = this.#options;
    const { state } = store.characters;
    await clusters().cluster(this.#abort.signal, readDecisions(store));
    store.meta.set(key, state);
  }
}

/** What people said of faces, in the form that grouping keeps to. */
export function readDecisions({ characters }: Pick<LibraryStore, 'characters'>): FaceDecisions {
  const groups = new Map<number, { faces: number[]; rejected: number[] }>();
  for (const { stableId, characterId, verdict } of characters.verdicts()) {
    const group = groups.get(characterId) ?? { faces: [], rejected: [] };
    groups.set(characterId, group);
    (verdict === 'rejected' ? group.rejected : group.faces).push(stableId);
  }
  return { groups: [...groups.values()] };
}
