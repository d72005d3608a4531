import { z } from 'zod';
import type { Dimensions } from '../../common/vector.ts';
import type { LibraryChange } from '../library/libraryChange.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { ModelManager } from '../models/modelManager.ts';
import { RevisionIndex } from './revisionIndex.ts';

/** How long changes gather before the indexes are asked whether they want to be rebuilt. */
const rebuildDelayMs = 1_000;

const describedSchema = z.strictObject({
  modelRevision: z.string(),
  dimensions: z.strictObject({ identity: z.number().int(), look: z.number().int() }),
});
type Described = z.infer<typeof describedSchema>;

const activeKey = 'active-revision';

export interface RevisionsOptions {
  readonly store: LibraryStore;
  readonly models: Pick<ModelManager, 'revision' | 'dimensions'>;
  /** Where index files lie; each revision has a folder of its own below it. */
  readonly folder: string;
  readonly readOnly: () => boolean;
  readonly log: (message: string) => void;
}

/**
 * The model revisions that the library holds vectors of. Normally one; after a change of models
 * the old one answers, from its own index, until the new one has seen every image. Vectors of
 * different revisions lie in different indexes and never meet.
 */
export class Revisions {
  readonly #options: RevisionsOptions;
  #active: RevisionIndex;
  #next: RevisionIndex | undefined;
  #rebuildTimer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(
    options: RevisionsOptions,
    active: RevisionIndex,
    next: RevisionIndex | undefined,
  ) {
    this.#options = options;
    this.#active = active;
    this.#next = next;
  }

  static async open(options: RevisionsOptions): Promise<Revisions> {
    const { active, next } = await openIndexes(options);
    return new Revisions(options, active, next);
  }

  /** The revision that answers for the whole library. */
  get active(): RevisionIndex {
    return this.#active;
  }

  /** All revisions that can be searched, the one that answers for the whole library first. */
  get searched(): readonly RevisionIndex[] {
    return this.#next === undefined ? [this.#active] : [this.#active, this.#next];
  }

  sizeBytes(): number {
    return this.searched.reduce((sum, indexes) => sum + indexes.sizeBytes(), 0);
  }

  /** Takes over a write of this process. */
  apply(change: LibraryChange): void {
    for (const indexes of this.searched) {
      indexes.apply(change);
    }
    this.#scheduleRebuild();
  }

  /** The current models have seen every image: they answer alone, what is older is deleted. */
  async activateCurrent(): Promise<void> {
    const { store, models } = this.#options;
    store.meta.set(activeKey, JSON.stringify(describe(models.revision, models.dimensions)));
    store.images.deleteOtherRevisions(models.revision);
    if (this.#next !== undefined) {
      await this.#inTurn(async () => {
        const [old, current] = this.searched;
        if (old !== undefined && current !== undefined) {
          this.#active = current;
          this.#next = undefined;
          await old.delete();
        }
      });
    }
    this.#scheduleRebuild();
  }

  /**
   * Takes over what another process wrote to the library. Revisions that are searched already are
   * brought up to date; only those that are new are opened.
   */
  refresh(): Promise<void> {
    return this.#inTurn(() => this.#refreshNow());
  }

  /** Resolves when no rebuild is wanted or under way. */
  async settled(): Promise<void> {
    if (this.#rebuildTimer !== undefined) {
      this.#rebuildNow();
    }
    await this.#work;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#rebuildTimer);
    // What is under way ends early, and what waits for it does not begin.
    await closeAll(this.searched);
    await this.#work;
  }

  /** One at a time: rebuilding, and taking over what others wrote, go through all of an index. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(() => (this.#closed ? undefined : work()));
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #refreshNow(): Promise<void> {
    const before = this.searched;
    const { active, next } = await openIndexes(this.#options, before);
    const after = next === undefined ? [active] : [active, next];
    const opened = after.filter((indexes) => !before.includes(indexes));
    try {
      for (const indexes of before.filter((one) => after.includes(one))) {
        await indexes.refresh();
      }
    } catch (error) {
      await closeAll(opened);
      throw error;
    }
    if (this.#closed) {
      await closeAll(opened);
      return;
    }
    this.#active = active;
    this.#next = next;
    await closeAll(before.filter((indexes) => !after.includes(indexes)));
  }

  #scheduleRebuild(): void {
    if (!this.#closed && !this.#options.readOnly()) {
      this.#rebuildTimer ??= setTimeout(() => this.#rebuildNow(), rebuildDelayMs);
    }
  }

  #rebuildNow(): void {
    clearTimeout(this.#rebuildTimer);
    this.#rebuildTimer = undefined;
    const indexes = this.#next ?? this.#active;
    this.#inTurn(() => indexes.rebuildIfNeeded()).catch((error: unknown) => {
      // Searches stay right without it, only slower: the unindexed part is scanned exactly.
      this.#options.log(`The index was not rebuilt: ${String(error)}`);
    });
  }
}

function describe(modelRevision: string, dimensions: Dimensions): Described {
  return { modelRevision, dimensions: { ...dimensions } };
}

/** The revision that answered last, where it is another one and the store still has its images. */
function olderRevision(store: LibraryStore, current: string): Described | undefined {
  const text = store.meta.get(activeKey);
  const described = text === undefined ? undefined : describedSchema.parse(JSON.parse(text));
  return described === undefined || described.modelRevision === current ? undefined : described;
}

async function closeAll(all: readonly RevisionIndex[]): Promise<void> {
  await Promise.all(all.map((indexes) => indexes.close()));
}

/** The indexes that the library wants searched; those that are `known` are not opened again. */
async function openIndexes(
  options: RevisionsOptions,
  known: readonly RevisionIndex[] = [],
): Promise<{ active: RevisionIndex; next: RevisionIndex | undefined }> {
  const { store, models, folder, readOnly, log } = options;
  const open = (described: Described) =>
    known.find(({ modelRevision }) => modelRevision === described.modelRevision) ??
    RevisionIndex.open({ ...described, store, folder, readOnly, log });
  const current = await open(describe(models.revision, models.dimensions));
  const older = olderRevision(store, models.revision);
  return older === undefined
    ? { active: current, next: undefined }
    : { active: await open(older), next: current };
}
