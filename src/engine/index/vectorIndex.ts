import { setImmediate } from 'node:timers/promises';
import { FamiliarError } from '../../base/failure.ts';
import { type AnnoyIndex, type AnnoyModule, loadAnnoy } from '../../native/annoy.ts';
import { ExactIndex } from './exactIndex.ts';
import {
  deleteOtherGenerations,
  type Generation,
  loadGeneration,
  type Space,
  saveGeneration,
} from './generation.ts';
import { hasId, idsMissingFrom } from './sortedIds.ts';

/** The store as an index sees it; ids are positive and ascending. */
export interface VectorSource {
  ids(): Int32Array;
  vectors(afterId: number): Iterable<{ readonly id: number; readonly vector: Float32Array }>;
}

export interface VectorIndexOptions {
  readonly folder: string;
  readonly space: string;
  readonly dimension: number;
  readonly revision: string;
  readonly source: VectorSource;
  /** Only reads index files; nothing is built or deleted. */
  readonly readOnly: boolean;
  readonly log: (message: string) => void;
  /** For tests: another binding, or none. */
  readonly annoy?: AnnoyModule | null;
}

export interface IndexStats {
  readonly kind: 'annoy' | 'exact';
  readonly count: number;
  readonly overlay: number;
  readonly tombstones: number;
  readonly bytes: number;
}

/** More trees choose better for more memory and build time. */
const trees = 40;
/**
 * Comparing codes from front to back takes less time than walking the trees to two thirds of them,
 * which 99 % of the best ten would need: up to so many vectors all are compared, and nothing is
 * missed. Beyond, the trees choose so many that the time stays while recall falls (`npm run bench`).
 */
const comparedWhole = 350_000;
const mostSearchK = 250_000;

/** A rebuild is worth it when this many vectors, and this share of all, are outside the forest. */
const rebuildFrom = 2_000;
const rebuildShare = 0.1;
const noIds = new Int32Array();
/** Vectors added in one go before other work gets its turn. */
const slice = 1_000;

/**
 * The vectors of one space: an immutable forest, the newer ones beside it (searched exactly), and
 * a list of those in the forest that are no longer there. The store is the truth: everything on
 * disk here can be made from it again.
 */
export class VectorIndex {
  readonly #options: VectorIndexOptions;
  readonly #space: Space;
  readonly #annoy: AnnoyModule | undefined;
  readonly unavailable: FamiliarError | undefined;
  #overlay: ExactIndex;
  #generation: Generation | undefined;
  #tombstones = new Set<number>();
  /** Changes during a build: they apply to the generation that it makes. */
  #changedDuringBuild: Set<number> | undefined;
  #building: AnnoyIndex | undefined;
  #closed = false;

  private constructor(options: VectorIndexOptions) {
    this.#options = options;
    this.#overlay = new ExactIndex(options.dimension);
    this.#space = {
      folder: options.folder,
      name: options.space,
      dimension: options.dimension,
      modelRevision: options.revision,
    };
    const loaded =
      options.annoy === undefined
        ? loadAnnoy()
        : options.annoy === null
          ? { unavailable: new FamiliarError('index-build', 'No native index.', { remedy: '' }) }
          : { module: options.annoy };
    this.#annoy = 'module' in loaded ? loaded.module : undefined;
    this.unavailable = 'unavailable' in loaded ? loaded.unavailable : undefined;
  }

  /** Opens what is on disk and reads from the source what is missing there. */
  static async open(options: VectorIndexOptions): Promise<VectorIndex> {
    const index = new VectorIndex(options);
    await index.#load();
    return index;
  }

  get stats(): IndexStats {
    const { overlay, tombstones } = { overlay: this.#overlay.size, tombstones: this.#tombstones };
    return {
      kind: this.#annoy === undefined ? 'exact' : 'annoy',
      count: this.#rows.length - tombstones.size + overlay,
      overlay,
      tombstones: tombstones.size,
      bytes: this.#generation?.forest.bytes ?? 0,
    };
  }

  /** Ids of the forest, dead or alive. */
  get #rows(): Int32Array {
    return this.#generation?.ids ?? noIds;
  }

  /** Adds a vector, or brings one back that was removed. Adding twice changes nothing. */
  add(id: number, vector: Float32Array): void {
    this.#changedDuringBuild?.add(id);
    if (hasId(this.#rows, id)) {
      this.#tombstones.delete(id);
    } else {
      this.#overlay.add(id, vector);
    }
  }

  remove(id: number): void {
    this.#changedDuringBuild?.add(id);
    this.#overlay.remove(id);
    if (hasId(this.#rows, id)) {
      this.#tombstones.add(id);
    }
  }

  /**
   * Ids of about the `count` vectors most alike, best first by the index's own measure; whoever
   * asks ranks them exactly. Newer vectors are all compared.
   */
  async candidates(
    query: Float32Array,
    count: number,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<{ readonly ids: readonly number[] }> {
    signal?.throwIfAborted();
    const ids = this.#overlay.nearest(query, count).map(({ id }) => id);
    const generation = this.#generation;
    if (generation !== undefined) {
      const tombstones = this.#tombstones;
      const wanted = Math.min(generation.ids.length, count + tombstones.size);
      const searchK = searchLimit(generation.ids.length);
      const { rows } = await generation.forest.nearest(query, wanted, searchK);
      for (const row of rows) {
        const id = generation.ids[row] as number;
        if (!tombstones.has(id) && ids.length < 2 * count) {
          ids.push(id);
        }
      }
    }
    signal?.throwIfAborted();
    return { ids };
  }

  /** Builds the next generation where enough has changed since the last. */
  async rebuildIfNeeded(): Promise<void> {
    const { count, overlay, tombstones } = this.stats;
    if (overlay + tombstones > Math.max(rebuildFrom, rebuildShare * count)) {
      await this.rebuild();
    }
  }

  /** Builds, writes and switches to a new generation; searches go on meanwhile. */
  async rebuild(): Promise<void> {
    if (this.#annoy === undefined || this.#options.readOnly || this.#changedDuringBuild) {
      return;
    }
    this.#changedDuringBuild = new Set();
    const forest = new this.#annoy.AnnoyIndex(this.#space.dimension);
    this.#building = forest;
    try {
      const ids = await this.#fill(forest);
      if (ids.length === 0 || this.#closed) {
        forest.unload();
        return;
      }
      await forest.build(trees, 1);
      const manifest = await saveGeneration(this.#space, forest, ids);
      forest.unload();
      const generation = await loadGeneration(this.#space, this.#annoy);
      if (generation !== undefined && !this.#closed) {
        this.#switch(generation);
        await deleteOtherGenerations(this.#space, manifest);
      }
    } catch (error) {
      forest.unload();
      // Closing cancels a build; the next start makes up for it.
      if (!this.#closed) {
        throw error;
      }
    } finally {
      this.#building = undefined;
      this.#changedDuringBuild = undefined;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#building?.cancel();
    this.#generation?.forest.unload();
    this.#generation = undefined;
  }

  async #load(): Promise<void> {
    const { source, readOnly, log } = this.#options;
    if (this.#annoy !== undefined) {
      try {
        this.#generation = await loadGeneration(this.#space, this.#annoy);
      } catch (error) {
        log(`An index file is not used: ${String(error)}`);
      }
      if (!readOnly) {
        await deleteOtherGenerations(this.#space, this.#generation?.manifest);
      }
    }
    const current = source.ids();
    this.#tombstones = new Set(idsMissingFrom(current, this.#rows));
    await this.#readOverlay(idsMissingFrom(this.#rows, current));
  }

  /** Reads the vectors that the forest lacks; mostly those after the last that it has. */
  async #readOverlay(missing: readonly number[]): Promise<void> {
    const wanted = new Set(missing);
    const [first] = missing;
    if (first === undefined) {
      return;
    }
    let read = 0;
    for (const { id, vector } of this.#options.source.vectors(first - 1)) {
      if (wanted.has(id)) {
        this.#overlay.add(id, vector);
      }
      if (++read % slice === 0) {
        await setImmediate();
      }
    }
  }

  async #fill(forest: { add(vector: Float32Array): number }): Promise<Int32Array> {
    const ids: number[] = [];
    for (const { id, vector } of this.#options.source.vectors(0)) {
      forest.add(vector);
      if (ids.push(id) % slice === 0) {
        await setImmediate();
        if (this.#closed) {
          return new Int32Array();
        }
      }
    }
    return Int32Array.from(ids);
  }

  #switch(generation: Generation): void {
    const changed = this.#changedDuringBuild ?? new Set<number>();
    const before = { rows: this.#rows, tombstones: this.#tombstones };
    const wasThere = (id: number) =>
      this.#overlay.has(id) || (hasId(before.rows, id) && !before.tombstones.has(id));
    const rows = generation.ids;
    // A row is dead when it was removed during the build; nothing else can have gone since.
    const tombstones = new Set([...changed].filter((id) => hasId(rows, id) && !wasThere(id)));
    this.#overlay = this.#overlay.without((id) => hasId(rows, id));
    // A search that is under way keeps the old forest until it ends.
    this.#generation?.forest.unload();
    this.#generation = generation;
    this.#tombstones = tombstones;
  }
}

/** How many of `count` vectors a search looks at. */
function searchLimit(count: number): number {
  return count <= comparedWhole ? count : mostSearchK;
}
