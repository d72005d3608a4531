import { setImmediate } from 'node:timers/promises';
import { FamiliarError } from '../../common/failure.ts';
import { type AnnoyIndex, type AnnoyModule, loadAnnoy } from '../../native/annoy.ts';
import { ExactIndex } from './exactIndex.ts';
import {
  deleteOtherGenerations,
  type Generation,
  loadGeneration,
  type Space,
  saveGeneration,
} from './generation.ts';
import { type IndexStats, isRebuildDue, searchLimit } from './limits.ts';
import { NewestGeneration } from './newestGeneration.ts';
import { hasId, idsMissingFrom, placeOf } from './sortedIds.ts';
import type { VectorSource } from './vectorSource.ts';

export interface VectorIndexOptions {
  readonly folder: string;
  readonly space: string;
  readonly dimension: number;
  readonly revision: string;
  readonly source: VectorSource;
  /** Only reads index files; nothing is built or deleted. */
  readonly readOnly: () => boolean;
  readonly log: (message: string) => void;
  /** For tests: another binding, or none. */
  readonly annoy?: AnnoyModule | null;
}

/** More trees choose better for more memory and build time. */
const trees = 40;
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
  readonly #newest: NewestGeneration | undefined;
  readonly unavailable: FamiliarError | undefined;
  #overlay: ExactIndex;
  #generation: Generation | undefined;
  #tombstones = new Set<number>();
  /** Vectors added and (null) removed during a build or refresh: made again on what comes of it. */
  #meanwhile: Map<number, Float32Array | null> | undefined;
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
    this.#newest = this.#annoy && new NewestGeneration(this.#space, this.#annoy, options.log);
    this.unavailable = 'unavailable' in loaded ? loaded.unavailable : undefined;
  }

  /** Opens what is on disk and reads from the source what is missing there. */
  static async open(options: VectorIndexOptions): Promise<VectorIndex> {
    const index = new VectorIndex(options);
    await index.refresh();
    return index;
  }

  get stats(): IndexStats {
    const overlay = this.#overlay.size;
    const tombstones = this.#tombstones.size;
    return {
      kind: this.#annoy === undefined ? 'exact' : 'annoy',
      count: this.#rows.length - tombstones + overlay,
      overlay,
      tombstones,
      bytes: this.#generation?.forest.bytes ?? 0,
    };
  }

  /** Ids of the forest, dead or alive. */
  get #rows(): Int32Array {
    return this.#generation?.ids ?? noIds;
  }

  /**
   * Adds a vector, or brings one back that was removed. Adding twice changes nothing.
   *
   * @throws FamiliarError `store-damaged` where it is of another length.
   */
  add(id: number, vector: Float32Array): void {
    const { dimension } = this.#options;
    if (vector.length !== dimension) {
      const message = `Expected a vector of ${dimension} numbers but received ${vector.length}.`;
      throw new FamiliarError('store-damaged', message, { remedy: 'Reindex the workspace.' });
    }
    this.#meanwhile?.set(id, vector);
    if (hasId(this.#rows, id)) {
      this.#tombstones.delete(id);
    } else {
      this.#overlay.add(id, vector);
    }
  }

  remove(id: number): void {
    this.#meanwhile?.set(id, null);
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
      const rows = await generation.forest.nearest(query, wanted, searchK);
      // What codes cannot tell apart lies around the last of them, which nobody looks at.
      const most = ids.length + count;
      for (const row of rows) {
        const id = generation.ids[row] as number;
        if (!tombstones.has(id) && ids.length < most) {
          ids.push(id);
        }
      }
    }
    signal?.throwIfAborted();
    return { ids };
  }

  /** The vectors of these ids, in their order; undefined for what is not here. */
  vectors(ids: readonly number[]): (Float32Array | undefined)[] {
    const { dimension } = this.#options;
    const rows = ids.map((id) => placeOf(this.#rows, id));
    const inForest = Int32Array.from(rows.filter((row) => row >= 0));
    const read = inForest.length > 0 && this.#generation?.forest.vectors(inForest);
    let next = 0;
    return ids.map((id, n) => {
      if (read && (rows[n] as number) >= 0) {
        return read.subarray(next * dimension, ++next * dimension);
      }
      return this.#overlay.get(id);
    });
  }

  /** Builds the next generation where enough has changed since the last. */
  async rebuildIfNeeded(): Promise<void> {
    if (isRebuildDue(this.stats)) {
      await this.rebuild();
    }
  }

  /** Builds, writes and switches to a new generation; searches go on meanwhile. */
  async rebuild(): Promise<void> {
    if (this.#annoy === undefined || this.#options.readOnly() || this.#meanwhile) {
      return;
    }
    this.#meanwhile = new Map();
    const forest = new this.#annoy.AnnoyIndex(this.#space.dimension);
    this.#building = forest;
    try {
      const rows: number[] = [];
      await this.#read(await this.#currentIds(), (id, vector) => {
        forest.add(vector);
        rows.push(id);
      });
      if (rows.length === 0 || this.#closed) {
        forest.unload();
        return;
      }
      await forest.build(trees, 1);
      const manifest = await saveGeneration(this.#space, forest, Int32Array.from(rows));
      forest.unload();
      const generation = await loadGeneration(this.#space, manifest, this.#annoy);
      if (this.#closed) {
        generation.forest.unload();
        return;
      }
      this.#switch(generation, this.#overlayBeside(generation.ids), new Set());
      await deleteOtherGenerations(this.#space, manifest);
    } catch (error) {
      forest.unload();
      // Closing cancels a build; the next start makes up for it.
      if (!this.#closed) {
        throw error;
      }
    } finally {
      this.#building = undefined;
      this.#meanwhile = undefined;
    }
  }

  /**
   * Takes over what another process wrote, with the same result as opening anew. Files are read
   * only where the manifest names others than those loaded, and vectors only where they are new.
   * Searches go on meanwhile. Not to be called during another refresh or a rebuild.
   */
  async refresh(): Promise<void> {
    this.#meanwhile = new Map();
    const generation = await this.#newest?.find(this.#generation);
    try {
      await this.#bringUpToDate(generation);
      if (!this.#options.readOnly()) {
        await deleteOtherGenerations(this.#space, this.#generation?.manifest);
      }
    } finally {
      this.#meanwhile = undefined;
      if (generation !== this.#generation) {
        generation?.forest.unload();
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#building?.cancel();
    this.#generation?.forest.unload();
    this.#generation = undefined;
  }

  /** Goes over to a generation, or stays with the one in use, with what the source has now. */
  async #bringUpToDate(generation: Generation | undefined): Promise<void> {
    const rows = generation?.ids ?? noIds;
    const current = await this.#currentIds();
    if (this.#closed) {
      return;
    }
    const overlay = generation === this.#generation ? this.#overlay : this.#overlayBeside(rows);
    for (const id of overlay.ids()) {
      if (!hasId(current, id)) {
        overlay.remove(id);
      }
    }
    const missing = idsMissingFrom(rows, current).filter((id) => !overlay.has(id));
    await this.#read(missing, (id, vector) => overlay.add(id, vector));
    if (!this.#closed) {
      this.#switch(generation, overlay, new Set(idsMissingFrom(current, rows)));
    }
  }

  /** What the source has, ascending; of no use where the index is closed meanwhile. */
  async #currentIds(): Promise<Int32Array> {
    const ids: number[] = [];
    for (const page of this.#closed ? [] : this.#options.source.idPages()) {
      ids.push(...page);
      await setImmediate();
      if (this.#closed) {
        break;
      }
    }
    return Int32Array.from(ids).sort();
  }

  /** Reads vectors and lets other work in between; ends early when the index is closed. */
  async #read(ids: Int32Array, use: (id: number, vector: Float32Array) => void): Promise<void> {
    let read = 0;
    for (const { id, vector } of this.#options.source.vectors(ids)) {
      use(id, vector);
      if (++read % slice === 0) {
        await setImmediate();
        if (this.#closed) {
          return;
        }
      }
    }
  }

  /** What is not in a forest of these rows, of all that is beside the one in use. */
  #overlayBeside(rows: Int32Array): ExactIndex {
    return this.#overlay.without((id) => hasId(rows, id));
  }

  #switch(to: Generation | undefined, overlay: ExactIndex, tombstones: Set<number>): void {
    const from = this.#generation;
    this.#generation = to;
    this.#overlay = overlay;
    this.#tombstones = tombstones;
    for (const [id, vector] of this.#meanwhile ?? []) {
      if (vector === null) {
        this.remove(id);
      } else {
        this.add(id, vector);
      }
    }
    if (from !== to) {
      // A search that is under way keeps the old forest until it ends.
      from?.forest.unload();
    }
  }
}
