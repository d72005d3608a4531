import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { FamiliarError } from '../../common/failure.ts';
import type {
  EngineParams,
  Face,
  SimilarParams,
  SimilarResult,
  SimilarResults,
} from '../../protocol/engineProtocol.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { Place } from '../library/searchReader.ts';
import type { ThumbnailCache } from '../library/thumbnailCache.ts';
import type { Manifest } from '../models/manifest.ts';
import type { QueryVector } from './fusedRanking.ts';
import type { QuerySession, QuerySessions } from './querySessions.ts';
import type { RevisionIndex } from './revisionIndex.ts';
import type { Revisions } from './revisions.ts';
import { type Match, SimilarSearch } from './similarSearch.ts';

/** Searches whose comparisons are remembered, for the next move of the slider. */
const remembered = 4;

/**
 * Results that are ranked at least, so that the pages of one list belong together: nobody looks
 * further, and the time stays within what a slider allows.
 */
const rankedAtLeast = 500;

export interface LibrarySearchOptions {
  readonly store: LibraryStore;
  readonly revisions: Revisions;
  readonly sessions: QuerySessions;
  readonly thumbnails: ThumbnailCache;
  /** Is told of a result whose thumbnail is missing, with the files that show it. */
  readonly restoreThumbnail: (contentHash: string, paths: readonly string[]) => void;
  readonly calibration: Manifest['calibration'];
}

export interface QueryDescription {
  readonly contentHash: string;
  readonly modelRevision: string;
  readonly vectors: readonly QueryVector[];
}

/** Answers searches over the library in the form in which they are shown. */
export class LibrarySearch {
  readonly #options: LibrarySearchOptions;
  readonly #searches = new Map<string, SimilarSearch>();

  constructor(options: LibrarySearchOptions) {
    this.#options = options;
  }

  /** @throws FamiliarError `query-unknown`; AbortError. */
  async find(
    { queries, weight, offset, limit }: SimilarParams,
    epoch: number,
    signal: AbortSignal,
  ): Promise<Omit<SimilarResults, 'partial'>> {
    const { store, sessions } = this.#options;
    const opened = queries.map(({ queryId, faceIds }) => ({
      session: sessions.get(queryId),
      faceIds,
    }));
    const space = this.#spaceOf(opened.map(({ session }) => session));
    const key = JSON.stringify([epoch, space.modelRevision, queries]);
    const search = this.#remember(key, () => {
      const vectors = opened.flatMap(({ session, faceIds }) => this.#vectors(session, faceIds));
      return new SimilarSearch(space, vectors);
    });
    const own = new Set(opened.map(({ session }) => session.contentHash));
    const wanted = Math.max(rankedAtLeast, offset + limit);
    const matches = await search.find({ weight, wanted, exclude: own, signal });
    const visible = store.matches.shown(matches.map(({ contentHash }) => contentHash));
    const shown = matches.filter(({ contentHash }) => visible.has(contentHash));
    const page = shown.slice(offset, offset + limit);
    const places = store.matches.places([...page.map(({ contentHash }) => contentHash), ...own]);
    return {
      results: page.map((match) => this.#present(match, places)),
      total: shown.length,
      copiesOfQuery: [...own].flatMap((hash) => places.get(hash) ?? []),
      moved: opened.flatMap(({ session }) => findMoved(session, places) ?? []),
      search: space.kind,
      epoch,
    };
  }

  /** What a search in another store is asked with; decisions about faces hold in this library. */
  describe({ queryId, faceIds }: SimilarParams['queries'][number]): QueryDescription {
    const session = this.#options.sessions.get(queryId);
    const vectors = this.#vectors(session, faceIds);
    return {
      contentHash: session.contentHash,
      modelRevision: session.modelRevision,
      vectors: vectors.map((vector) => ({ ...vector, rejected: new Set() })),
    };
  }

  /** Remembers that a face of the query and a face of a result are different characters. */
  reject({ queryId, queryFaceId, faceId }: EngineParams<'query/reject'>): void {
    const { store, sessions } = this.#options;
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
    const { stableId } = own;
    store.database.transaction(() => {
      const image = sessions.findStored(sessions.get(queryId));
      const otherImage = store.images.find(other.imageId);
      if (image !== undefined) {
        store.decidedFaces.add({ ...own, stableId }, image);
      }
      if (otherImage !== undefined) {
        store.decidedFaces.add(other, otherImage);
      }
      store.rejections.add(stableId, other.stableId);
    });
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
      return [{ faceId: null, identity: null, look, rejected: new Set() }];
    }
    return faces.map(({ id, identity, stableId }) => ({
      faceId: id,
      identity,
      look,
      rejected:
        stableId === null ? new Set<number>() : this.#options.store.rejections.listFor(stableId),
    }));
  }

  #remember(key: string, create: () => SimilarSearch): SimilarSearch {
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

  #present(match: Match, places: ReadonlyMap<string, readonly Place[]>): SimilarResult {
    const { store } = this.#options;
    const [place, ...copies] = places.get(match.contentHash) as [Place, ...Place[]];
    const face = match.faceId === null ? undefined : store.images.face(match.faceId);
    return {
      imageId: match.imageId,
      path: place.path,
      relativePath: place.relativePath,
      width: match.width,
      height: match.height,
      thumbnail: this.#thumbnail(match.contentHash, [place, ...copies]),
      score: match.score,
      face: face ? presentFace(face) : null,
      queryFaceId: match.queryFaceId,
      identityCosine: match.identityCosine,
      lookCosine: match.lookCosine,
      probability: match.identityCosine === null ? null : this.probability(match.identityCosine),
      copies,
    };
  }

  /** Null where somebody deleted it; it is made again meanwhile. */
  #thumbnail(contentHash: string, places: readonly Place[]): string | null {
    const { thumbnails, restoreThumbnail } = this.#options;
    const path = thumbnails.find(contentHash);
    if (path !== undefined) {
      return path;
    }
    restoreThumbnail(
      contentHash,
      places.map(({ path }) => path),
    );
    return null;
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
