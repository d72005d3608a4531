import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { FamiliarError } from '../../common/failure.ts';
import type { Scope } from '../../common/scope.ts';
import type { ThumbnailRestorer } from '../indexing/thumbnailRestorer.ts';
import type { Outcome } from '../library/decisions.ts';
import type { LibraryEpoch } from '../library/libraryEpoch.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import { readNearness } from '../library/nearness.ts';
import type { Place } from '../library/searchReader.ts';
import type { ThumbnailCache } from '../library/thumbnailCache.ts';
import type { Manifest } from '../models/manifest.ts';
import type { QueryVector } from './fusedRanking.ts';
import type { Face } from './queryImage.ts';
import type { QuerySession, QuerySessions } from './querySessions.ts';
import { nothingRejected, rejectedFaces } from './rejectedFaces.ts';
import type { RevisionIndex } from './revisionIndex.ts';
import type { Revisions } from './revisions.ts';
import { sameCharacterProbability } from './sameCharacter.ts';
import type {
  QuerySelection,
  Rejection,
  SimilarRequest,
  SimilarResult,
  SimilarResults,
} from './similarResults.ts';
import { type Match, SimilarSearch } from './similarSearch.ts';

/** How often the thumbnails of results are looked for once more, in the background. */
const recheckMs = 30_000;

/** Searches whose comparisons are remembered, for the next move of the slider. */
const remembered = 4;

/**
 * Results that are ranked at least, so that the pages of one list belong together: nobody looks
 * further, and the time stays within what a slider allows.
 */
const rankedAtLeast = 500;

/** How often a search is made again because another process wrote meanwhile. */
const mostAttempts = 3;

export interface LibrarySearchOptions {
  readonly scope: Scope;
  readonly store: LibraryStore;
  readonly revisions: Revisions;
  readonly sessions: QuerySessions;
  readonly thumbnails: ThumbnailCache;
  /** Makes thumbnails again that somebody deleted. */
  readonly restorer: Pick<ThumbnailRestorer, 'restore'>;
  readonly epoch: LibraryEpoch;
  /** Whether more results may come. */
  readonly isIndexing: () => boolean;
  readonly calibration: Manifest['calibration'];
  /** Whether another process indexes, so that everything may change between two reads. */
  readonly follows: () => boolean;
}

export interface QueryDescription {
  readonly contentHash: string;
  readonly modelRevision: string;
  readonly vectors: readonly QueryVector[];
}

/** A search, and which of the contents it found files show. */
interface Remembered {
  readonly search: SimilarSearch;
  readonly isShown: Map<string, boolean>;
}

/** Answers searches over the library in the form in which they are shown. */
export class LibrarySearch {
  readonly #options: LibrarySearchOptions;
  readonly #searches = new Map<string, Remembered>();
  #recheckTimer: NodeJS.Timeout | undefined;
  /** Where the files of the last page lie. */
  #lastPlaces: ReadonlyMap<string, readonly Place[]> = new Map();
  /** What was last taken over of what other processes wrote. */
  #dataVersion: number | undefined;

  constructor(options: LibrarySearchOptions) {
    this.#options = options;
  }

  close(): void {
    clearTimeout(this.#recheckTimer);
  }

  /** @throws FamiliarError `query-unknown`; AbortError. */
  find(request: SimilarRequest, signal: AbortSignal): Promise<SimilarResults> {
    return this.#options.scope.run((either) => this.#findWhole(request, either), signal);
  }

  async #findWhole(request: SimilarRequest, signal: AbortSignal): Promise<SimilarResults> {
    const { store, follows } = this.#options;
    // Whoever indexes takes over at once what it writes itself, and need not ask.
    for (let attempt = 1; follows() && attempt < mostAttempts; attempt++) {
      const version = store.database.dataVersion();
      if (version !== this.#dataVersion) {
        await this.#takeOver(version);
        signal.throwIfAborted();
      }
      const found = await this.#find(request, signal);
      if (store.database.dataVersion() === version) {
        return found;
      }
    }
    return this.#find(request, signal);
  }

  /** What another process replaced since cannot be found by what this one knew of it. */
  async #takeOver(version: number): Promise<void> {
    await this.#options.revisions.refresh();
    this.#searches.clear();
    this.#dataVersion = version;
  }

  async #find(
    { queries, weight, offset, limit }: SimilarRequest,
    signal: AbortSignal,
  ): Promise<SimilarResults> {
    const { store, sessions } = this.#options;
    const partial = this.#options.isIndexing();
    const epoch = this.#options.epoch.value;
    const opened = queries.map(({ queryId, faceIds }) => ({
      session: sessions.get(queryId),
      faceIds,
    }));
    const space = this.#spaceOf(opened.map(({ session }) => session));
    const key = JSON.stringify([epoch, space.modelRevision, queries]);
    const { search, isShown } = this.#remember(key, () => {
      const vectors = opened.flatMap(({ session, faceIds }) => this.#vectors(session, faceIds));
      return { search: new SimilarSearch(space, vectors), isShown: new Map() };
    });
    const own = new Set(opened.map(({ session }) => session.contentHash));
    const wanted = Math.max(rankedAtLeast, offset + limit);
    const matches = await search.find({ weight, wanted, exclude: own, signal });
    this.#learnShown(matches, isShown);
    const shown = matches.filter(({ contentHash }) => isShown.get(contentHash) === true);
    const page = shown.slice(offset, offset + limit);
    const places = store.matches.places([...page.map(({ contentHash }) => contentHash), ...own]);
    return {
      results: await this.#present(page, places, space.modelRevision),
      total: shown.length,
      copiesOfQuery: [...own].flatMap((hash) => places.get(hash) ?? []),
      moved: opened.flatMap(({ session }) => findMoved(session, places) ?? []),
      partial,
      search: space.kind,
      epoch,
    };
  }

  /** What a search in another store is asked with; decisions about faces hold in this library. */
  describe({ queryId, faceIds }: QuerySelection): QueryDescription {
    const session = this.#options.sessions.get(queryId);
    const vectors = this.#vectors(session, faceIds);
    return {
      contentHash: session.contentHash,
      modelRevision: session.modelRevision,
      vectors: vectors.map((vector) => ({ ...vector, ...nothingRejected })),
    };
  }

  /** Remembers that a face of the query and a face of a result are different characters. */
  reject({ queryId, queryFaceId, faceId }: Rejection): Outcome {
    const { store, sessions, epoch } = this.#options;
    const own = sessions.get(queryId).faces.find(({ id }) => id === queryFaceId);
    const other = store.images.face(faceId);
    if (own === undefined || other === undefined) {
      throw new FamiliarError('query-unknown', 'Expected two faces of open results.', {
        remedy: 'Search again: the library has changed.',
      });
    }
    if (own.stableId === null) {
      throw new FamiliarError(
        'argument',
        'Expected a query image of the library but received one from outside.',
        { remedy: 'Add the image to the workspace to remember decisions about it.' },
      );
    }
    const outcome = store.decisions.reject(
      {
        face: { ...own, stableId: own.stableId },
        image: sessions.findStored(sessions.get(queryId)),
      },
      { face: other, image: store.images.find(other.imageId) },
    );
    epoch.advance();
    return outcome;
  }

  /** The index whose vectors all the query images can be compared with. */
  #spaceOf(sessions: readonly QuerySession[]): RevisionIndex {
    const space = this.#options.revisions.searched.find(({ modelRevision }) =>
      sessions.every((session) => session.modelRevision === modelRevision),
    );
    if (space === undefined) {
      throw new FamiliarError('query-unknown', 'Expected query images of one model revision.', {
        remedy: 'Open the images again: the models have changed since.',
      });
    }
    return space;
  }

  #vectors(session: QuerySession, faceIds: readonly number[]): QueryVector[] {
    const { look } = session;
    const wanted = new Set(faceIds);
    const faces = session.faces.filter(({ id }) => wanted.has(id));
    if (faces.length < wanted.size) {
      throw new FamiliarError('query-unknown', 'Expected faces of the open image.', {
        remedy: 'Open the image again: its faces have changed.',
      });
    }
    if (faces.length === 0) {
      return [{ faceId: null, identity: null, look, ...nothingRejected }];
    }
    return faces.map(({ id, identity, stableId }) => ({
      faceId: id,
      identity,
      look,
      ...rejectedFaces(this.#options.store, session.modelRevision, { stableId, identity }),
    }));
  }

  #remember(key: string, create: () => Remembered): Remembered {
    const search = this.#searches.get(key) ?? create();
    this.#searches.delete(key);
    this.#searches.set(key, search);
    for (const oldest of this.#searches.keys()) {
      if (this.#searches.size <= remembered) {
        break;
      }
      this.#searches.delete(oldest);
    }
    return search;
  }

  /** Asks of every content once a search: a change of the library begins another search. */
  #learnShown(matches: readonly Match[], isShown: Map<string, boolean>): void {
    const unknown = matches.flatMap(({ contentHash }) =>
      isShown.has(contentHash) ? [] : [contentHash],
    );
    if (unknown.length > 0) {
      const shown = this.#options.store.matches.shown(unknown);
      for (const contentHash of unknown) {
        isShown.set(contentHash, shown.has(contentHash));
      }
    }
  }

  async #present(
    page: readonly Match[],
    places: ReadonlyMap<string, readonly Place[]>,
    modelRevision: string,
  ): Promise<SimilarResult[]> {
    const { store, thumbnails } = this.#options;
    const library = readNearness(store.meta, modelRevision);
    const faces = store.images.facesOf(page.flatMap(({ faceId }) => faceId ?? []));
    const pictures = await thumbnails.findAll(page.map(({ contentHash }) => contentHash));
    this.#lastPlaces = places;
    this.#recheckTimer ??= setTimeout(() => this.#restoreDeleted(), recheckMs).unref();
    return page.flatMap((match) => {
      const [place, ...copies] = places.get(match.contentHash) ?? [];
      // Another window may have forgotten the file a moment ago.
      if (place === undefined) {
        return [];
      }
      const thumbnail = pictures.get(match.contentHash) ?? null;
      if (thumbnail === null) {
        this.#restore(match.contentHash, places);
      }
      const face = match.faceId === null ? null : faces.get(match.faceId);
      if (face === undefined) {
        // Another window has replaced it a moment ago.
        return [];
      }
      return [
        {
          imageId: match.imageId,
          path: place.path,
          relativePath: place.relativePath,
          width: match.width,
          height: match.height,
          thumbnail,
          score: match.score,
          face: face === null ? null : presentFace(face),
          queryFaceId: match.queryFaceId,
          identityCosine: match.identityCosine,
          lookCosine: match.lookCosine,
          probability:
            match.identityCosine === null || match.nearness === null
              ? null
              : sameCharacterProbability(match.identityCosine, match.nearness, library),
          copies,
        },
      ];
    });
  }

  /** Its result is shown without it until it is made. */
  #restore(contentHash: string, places: ReadonlyMap<string, readonly Place[]>): void {
    const paths = (places.get(contentHash) ?? []).map(({ path }) => path);
    if (!this.#options.store.readOnly) {
      this.#options.restorer.restore(contentHash, paths);
    }
  }

  /** Makes again what somebody deleted of the pictures that the last page shows. */
  #restoreDeleted(): void {
    const places = this.#lastPlaces;
    this.#recheckTimer = undefined;
    void this.#options.thumbnails.findDeleted([...places.keys()]).then((deleted) => {
      for (const contentHash of deleted) {
        this.#restore(contentHash, places);
      }
    });
  }

  /** Logistic calibration of the identity cosine, as fitted in the model's card. */
  probability(cosine: number): number {
    const { slope, intercept } = this.#options.calibration;
    return 1 / (1 + Math.exp(-(slope * cosine + intercept)));
  }
}

/** A stored face in the form in which it is shown. */
export function presentFace(face: Omit<Face, 'character'>): Face {
  const { id, box, score, source } = face;
  return { id, box, score, source, character: null };
}

/** Where the file of a query lies by now; undefined where it is still in its place, or nowhere. */
function findMoved(
  { queryId, contentHash, path }: QuerySession,
  places: ReadonlyMap<string, readonly Place[]>,
): SimilarResults['moved'][number] | undefined {
  const now = places.get(contentHash) ?? [];
  const [first] = now;
  // A file outside of the workspace is in its place although the library does not know it.
  const isInPlace = path === null || now.some((place) => place.path === path) || existsSync(path);
  return first === undefined || isInPlace
    ? undefined
    : { queryId, name: basename(first.path), path: first.path };
}
