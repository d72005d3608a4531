import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Raster } from '../../common/raster.ts';
import type { Scope } from '../../common/scope.ts';
import { dot } from '../../common/vector.ts';
import { computeFingerprint, hashOf, type PerceptualHash } from '../imaging/fingerprint.ts';
import { shrinkInto } from '../imaging/resize.ts';
import type { FingerprintedImage } from '../library/fingerprintTable.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { ThumbnailCache } from '../library/thumbnailCache.ts';
import { LookVectors } from '../library/vectorSources.ts';
import type { RevisionIndex } from '../search/revisionIndex.ts';
import type { CopyFile } from './bestCopy.ts';
import { addByHash, type Pair, PairSet } from './candidatePairs.ts';
import { ComparablePicture, comparedSidePx, comparePictures } from './comparePictures.ts';
import { type DuplicateGroup, groupDuplicates, type Link } from './duplicateGroups.ts';

/** Nearest images by style that may be crops of an image, and least cosine of those. */
const nearest = 10;
const leastCosine = 0.55;
/** Pictures kept ready, up to 1 MB each. */
const keptPictures = 250;

export interface DuplicateFinderOptions {
  readonly scope: Scope;
  readonly store: LibraryStore;
  /** The index of the revision that is searched. */
  readonly revision: () => RevisionIndex;
  /** Whether fingerprints that are missing may be stored. */
  readonly mayWrite: () => boolean;
  readonly thumbnails: ThumbnailCache;
  /** Pixels of an image file, with transparency on the neutral grey. */
  readonly decode: (bytes: Uint8Array, signal: AbortSignal) => Promise<{ readonly raster: Raster }>;
}

/** Finds files that show one picture: identical, in another size or format, or edited. */
export class DuplicateFinder {
  readonly #options: DuplicateFinderOptions;

  constructor(options: DuplicateFinderOptions) {
    this.#options = options;
  }

  /**
   * All groups of the library. Takes some milliseconds for each pair of images that are nearly alike.
   *
   * @throws FamiliarError `store-*`; AbortError.
   */
  find(signal: AbortSignal): Promise<DuplicateGroup[]> {
    return this.#options.scope.run((either) => this.#find(either), signal);
  }

  async #find(signal: AbortSignal): Promise<DuplicateGroup[]> {
    const { store, revision } = this.#options;
    const images = store.fingerprints.listImages(revision().modelRevision);
    const pairs = new PairSet(images.length);
    const hashes = await this.#hashes(images, signal);
    await addByHash(hashes, pairs, signal);
    await this.#addByStyle(images, pairs, signal);
    const links = await this.#compare(images, pairs.list(), signal);
    return groupDuplicates(this.#files(images), links);
  }

  /** Reads what an earlier release did not store; undefined for files that cannot be read any more. */
  async #hashes(images: readonly FingerprintedImage[], signal: AbortSignal) {
    const { store, mayWrite } = this.#options;
    const hashes: (PerceptualHash | undefined)[] = [];
    for (const image of images) {
      let { fingerprint } = image;
      if (fingerprint === undefined) {
        signal.throwIfAborted();
        const raster = await this.#read(image.contentHash, signal);
        fingerprint = raster && (await computeFingerprint(raster));
        if (fingerprint !== undefined && mayWrite()) {
          store.fingerprints.save(image.contentHash, fingerprint);
        }
      }
      hashes.push(fingerprint && hashOf(fingerprint));
    }
    return hashes;
  }

  /** Crops have another hash than the whole picture, and nearly its style. */
  async #addByStyle(images: readonly FingerprintedImage[], pairs: PairSet, signal: AbortSignal) {
    const { store, revision } = this.#options;
    const { modelRevision, dimensions, looks } = revision();
    const places = new Map(images.map(({ id }, i) => [id, i]));
    const vectors = new Map<number, Float32Array>();
    const source = new LookVectors(store.database, modelRevision, dimensions);
    for (const { id, vector } of source.vectors(Int32Array.from(places.keys()))) {
      vectors.set(id, vector);
    }
    for (const [id, vector] of vectors) {
      const { ids } = await looks.candidates(vector, nearest + 1, { signal });
      for (const other of ids) {
        const [a, b, found] = [places.get(id), places.get(other), vectors.get(other)];
        if (a !== undefined && b !== undefined && found && dot(vector, found) >= leastCosine) {
          pairs.add(a, b);
        }
      }
    }
  }

  async #compare(
    images: readonly FingerprintedImage[],
    pairs: readonly Pair[],
    signal: AbortSignal,
  ) {
    const pictures = new Map<number, ComparablePicture | undefined>();
    const pictureOf = async (place: number) => {
      const { contentHash } = images[place] as FingerprintedImage;
      const known = pictures.get(place);
      const raster = known === undefined ? await this.#read(contentHash, signal) : undefined;
      const picture = known ?? (raster && ComparablePicture.of(raster));
      pictures.delete(place);
      pictures.set(place, picture);
      for (const oldest of pictures.keys()) {
        if (pictures.size <= keptPictures) {
          break;
        }
        pictures.delete(oldest);
      }
      return picture;
    };
    const links: Link[] = [];
    for (const pair of pairs) {
      signal.throwIfAborted();
      const [a, b] = [await pictureOf(pair[0]), await pictureOf(pair[1])];
      const comparison = a && b && comparePictures(a, b);
      if (comparison !== undefined) {
        links.push({ pair, comparison });
      }
      // Searches are answered between two comparisons.
      await setImmediate();
    }
    return links;
  }

  /** The thumbnail, or where somebody deleted it the file; undefined where neither can be read. */
  async #read(contentHash: string, signal: AbortSignal): Promise<Raster | undefined> {
    const { store, thumbnails, decode } = this.#options;
    const thumbnail = thumbnails.find(contentHash);
    const files = store.files.listByContent(contentHash).map(({ path }) => path);
    for (const path of thumbnail === undefined ? files : [thumbnail, ...files]) {
      try {
        const { raster } = await decode(await readFile(path), signal);
        return await shrinkInto(raster, comparedSidePx);
      } catch {
        // Gone, or changed to something else: the scan that comes across it reports that.
        signal.throwIfAborted();
      }
    }
    return undefined;
  }

  #files(images: readonly FingerprintedImage[]): CopyFile[][] {
    const { store } = this.#options;
    return images.map(({ contentHash, width, height }) =>
      store.files.listByContent(contentHash).map(({ path, relativePath, sizeBytes }) => ({
        path,
        relativePath,
        width,
        height,
        bytes: sizeBytes,
      })),
    );
  }
}
