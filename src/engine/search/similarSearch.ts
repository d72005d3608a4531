import { fuse } from '../../common/vector.ts';
import { type Nearness, nearnessOf } from '../library/nearness.ts';
import { type Comparison, compare, type QueryVector, type Ranked, rank } from './fusedRanking.ts';
import type { VectorStore } from './vectorStore.ts';

export interface SearchOptions {
  /** w of the fusion, 0…1. */
  readonly weight: number;
  /** How many results will be shown at most. */
  readonly wanted: number;
  /** Content that is the query itself and not a result. */
  readonly exclude: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

export interface Match extends Ranked {
  readonly contentHash: string;
  readonly width: number;
  readonly height: number;
  /** How near the faces most like the queried one are; null where none was searched by. */
  readonly nearness: Nearness | null;
}

interface Compared {
  readonly image: Pick<Match, 'contentHash' | 'width' | 'height'>;
  readonly comparisons: readonly Comparison[];
}

/**
 * Candidates asked for to show `wanted` results: several faces may be of one image, and those of
 * the query itself drop out. Each costs a read from the store, which is most of a search's time
 * (`npm run bench`).
 */
function candidateCount(wanted: number): number {
  return Math.max(200, Math.ceil(1.5 * wanted));
}

/** Faces asked for to tell how near the most alike ones are; several may be of one picture. */
const nearest = 40;

/**
 * Below this weight the faces of one picture score nearly alike, and group pictures would take up
 * all candidates.
 */
const faceWeight = 0.25;

/**
 * One search, kept while its question stays the same: images once compared are remembered, and
 * whose faces they are, so that another weight costs only what it newly brings into view.
 */
export class SimilarSearch {
  readonly #store: VectorStore;
  readonly #queries: readonly QueryVector[];
  readonly #compared = new Map<number, Compared>();
  /** Face → image, of those compared. */
  readonly #imageOf = new Map<number, number>();
  readonly #isFaceless = new Map<number, boolean>();
  /** By query: what is found by looks alone is the same at every weight. */
  readonly #byLook = new Map<QueryVector, { readonly ids: readonly number[]; count: number }>();
  /** By the queried face, whatever the weight: read once. */
  #nearness: ReadonlyMap<number | null, Nearness | null> | undefined;

  constructor(store: VectorStore, queries: readonly QueryVector[]) {
    this.#store = store;
    this.#queries = queries;
  }

  /** All images found among the candidates, best first. */
  async find(options: SearchOptions): Promise<Match[]> {
    const imageIds = await this.#candidateImages(options);
    await this.#compareNew(imageIds);
    this.#nearness ??= await this.#readNearness(options);
    const comparisons: Comparison[] = [];
    for (const imageId of imageIds) {
      const known = this.#compared.get(imageId);
      if (known !== undefined && !options.exclude.has(known.image.contentHash)) {
        comparisons.push(...known.comparisons);
      }
    }
    return rank(comparisons, options.weight).map((ranked) => {
      const { image } = this.#compared.get(ranked.imageId) as Compared;
      const nearness = this.#nearness?.get(ranked.queryFaceId) ?? null;
      return { ...ranked, ...image, nearness };
    });
  }

  /** How near the faces most like each queried one are, without those of the query itself. */
  async #readNearness({ exclude, signal }: SearchOptions) {
    const nearness = new Map<number | null, Nearness | null>();
    for (const [place, { faceId, identity, look }] of this.#queries.entries()) {
      if (identity !== null) {
        const { ids } = await this.#store.faces.candidates(fuse(identity, look, 1), nearest, {
          signal,
        });
        const imageIds = new Set(await this.#imagesOf(ids));
        await this.#compareNew(imageIds);
        const cosines = [...imageIds].flatMap((imageId) => {
          const known = this.#compared.get(imageId);
          const cosine = known?.comparisons[place]?.identityCosine ?? null;
          return known === undefined || cosine === null || exclude.has(known.image.contentHash)
            ? []
            : [cosine];
        });
        nearness.set(faceId, nearnessOf(cosines.sort((a, b) => b - a)));
      }
    }
    return nearness;
  }

  async #candidateImages({ weight, wanted, signal }: SearchOptions): Promise<Set<number>> {
    const count = candidateCount(wanted);
    const { faces } = this.#store;
    // The native searches of all queries and both indexes run side by side.
    const found = await Promise.all(
      this.#queries.map(async (query) => {
        const { identity, look } = query;
        signal.throwIfAborted();
        const [byFace, byLook] = await Promise.all([
          identity && faces.candidates(fuse(identity, look, weight), count, { signal }),
          // Images without faces are found by their look alone, which speaks only below w = 1.
          identity === null || weight < 1 ? this.#findByLook(query, count, signal) : [],
        ]);
        // Where faces speak, an image that has some is found by its best one; its look brings
        // nothing but more to read.
        const needsOnlyFaceless = identity !== null && weight >= faceWeight;
        return {
          faceIds: byFace?.ids ?? [],
          imageIds: needsOnlyFaceless ? await this.#faceless(byLook) : byLook,
        };
      }),
    );
    const images = new Set(found.flatMap(({ imageIds }) => imageIds));
    for (const id of await this.#imagesOf(found.flatMap(({ faceIds }) => faceIds))) {
      images.add(id);
    }
    signal.throwIfAborted();
    return images;
  }

  async #findByLook(
    query: QueryVector,
    count: number,
    signal: AbortSignal,
  ): Promise<readonly number[]> {
    const known = this.#byLook.get(query);
    if (known?.count === count) {
      return known.ids;
    }
    const { ids } = await this.#store.looks.candidates(query.look, count, { signal });
    this.#byLook.set(query, { ids, count });
    return ids;
  }

  async #faceless(imageIds: readonly number[]): Promise<number[]> {
    const unknown = imageIds.filter((id) => !this.#isFaceless.has(id));
    if (unknown.length > 0) {
      const faceless = new Set(await this.#store.withoutFaces(unknown));
      for (const id of unknown) {
        this.#isFaceless.set(id, faceless.has(id));
      }
    }
    return imageIds.filter((id) => this.#isFaceless.get(id));
  }

  async #imagesOf(faceIds: readonly number[]): Promise<number[]> {
    const unknown = faceIds.filter((id) => !this.#imageOf.has(id));
    const known = faceIds.flatMap((id) => this.#imageOf.get(id) ?? []);
    return unknown.length > 0 ? [...known, ...(await this.#store.imagesOfFaces(unknown))] : known;
  }

  async #compareNew(imageIds: ReadonlySet<number>): Promise<void> {
    const fresh = [...imageIds].filter((id) => !this.#compared.has(id));
    for (const image of await this.#store.images(fresh)) {
      for (const { id } of image.faces) {
        this.#imageOf.set(id, image.id);
      }
      this.#compared.set(image.id, {
        image: { contentHash: image.contentHash, width: image.width, height: image.height },
        comparisons: this.#queries.map((query) => compare(query, image)),
      });
    }
  }
}
