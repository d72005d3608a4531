import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { FamiliarError } from '../../common/failure.ts';
import type { Box } from '../../common/geometry.ts';
import { clampBox } from '../../common/geometry.ts';
import type { Scope } from '../../common/scope.ts';
import type { Dimensions } from '../../common/vector.ts';
import { hashBytes, readImageFile } from '../files/readImageFile.ts';
import type { ImageProcessor } from '../indexing/imageProcessor.ts';
import type { FaceRecord, ImageRecord } from '../library/imageTable.ts';
import type { LibraryChange } from '../library/libraryChange.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import { previewSidePx, type ThumbnailCache } from '../library/thumbnailCache.ts';
import type { QueryImage, QuerySource } from './queryImage.ts';

/** Query images remembered at a time; the one used longest ago is forgotten first. */
const capacity = 64;
const maxQueryBytes = 256 * 1024 * 1024;

export interface SessionFace {
  readonly id: number;
  /** Null for a face that is not in the store. */
  readonly stableId: number | null;
  readonly box: Box;
  readonly score: number;
  readonly source: FaceRecord['source'];
  readonly identity: Float32Array;
}

export interface QuerySession {
  readonly queryId: string;
  readonly modelRevision: string;
  readonly imageId: number | null;
  readonly contentHash: string;
  readonly name: string;
  readonly path: string | null;
  readonly width: number;
  readonly height: number;
  readonly look: Float32Array;
  faces: SessionFace[];
  /** The file's bytes, for an image that lies nowhere. */
  readonly bytes: Uint8Array | null;
}

export interface QuerySessionsOptions {
  readonly scope: Scope;
  readonly store: LibraryStore;
  readonly processor: ImageProcessor;
  readonly previews: ThumbnailCache;
  /** Revisions that can be searched, the preferred one first, with the sizes of their vectors. */
  readonly revisions: () => readonly { modelRevision: string; dimensions: Dimensions }[];
  /** The revision of the loaded models. */
  readonly modelRevision: string;
  /** A person added faces to stored images, or took some away. */
  readonly onChange: (change: LibraryChange) => void;
}

/** A query image after a decision about its faces. */
export interface DecidedQuery {
  readonly image: QueryImage;
  /** What can be undone; null where nothing was decided in the library. */
  readonly decisionId: string | null;
}

/** The query images that are open, with the vectors that searches start from. */
export class QuerySessions {
  readonly #options: QuerySessionsOptions;
  readonly #sessions = new Map<string, QuerySession>();
  #nextTransientId = -1;

  constructor(options: QuerySessionsOptions) {
    this.#options = options;
  }

  /**
   * Opens an image of the library, any file, or bytes as a query.
   *
   * @throws FamiliarError `file-*`, `image-*`, `query-unknown`.
   */
  open(source: QuerySource, signal: AbortSignal): Promise<QueryImage> {
    return this.#options.scope.run(async (either) => {
      const session =
        source.kind === 'image'
          ? this.#openStored(this.#findImage(source.imageId))
          : await this.#openFile(source, either);
      this.#remember(session);
      return this.#describe(session, either);
    }, signal);
  }

  /** @throws FamiliarError `query-unknown` where it was forgotten. */
  get(queryId: string): QuerySession {
    const session = this.#sessions.get(queryId);
    if (session === undefined) {
      throw new FamiliarError('query-unknown', 'Expected an open query image.', {
        remedy: 'Open the image again.',
      });
    }
    this.#remember(session);
    return session;
  }

  /** Adds a face that a person drew. @throws FamiliarError `argument`, `query-unknown`, `image-*`. */
  addFace(queryId: string, box: Box, signal: AbortSignal): Promise<DecidedQuery> {
    return this.#options.scope.run((either) => this.#addFace(queryId, box, either), signal);
  }

  async #addFace(queryId: string, box: Box, signal: AbortSignal): Promise<DecidedQuery> {
    const { store, processor, onChange } = this.#options;
    const session = this.get(queryId);
    this.#requireCurrent(session);
    const clamped = clampBox(box, session);
    if (clamped.width < 1 || clamped.height < 1) {
      throw new FamiliarError('argument', 'Expected a box within the image.', {
        remedy: 'Draw the box on the picture.',
      });
    }
    const { bytes } = await this.#read(session, signal);
    const decoded = await processor.decode(bytes, signal);
    const identity = await processor.embedBox(decoded, clamped, signal);
    signal.throwIfAborted();
    const face = { box: clamped, score: 1, source: 'manual' as const, identity };
    // Looked up only now: the image may have been processed again meanwhile.
    const image = this.findStored(session);
    if (image !== undefined && !store.readOnly) {
      const outcome = store.decisions.drawFace(image, face);
      const id = outcome.faceId;
      session.faces = [...session.faces, { ...face, id, stableId: id }];
      onChange(outcome.change);
      return this.#decided(session, outcome.decision.id, signal);
    }
    const id = this.#nextTransientId--;
    session.faces = [...session.faces, { ...face, id, stableId: null }];
    return this.#decided(session, null, signal);
  }

  /**
   * Takes away a face: one that the detector was wrong about, or one that was drawn by hand. In the
   * library it stays away; of an image from outside nothing is remembered.
   */
  removeFace(queryId: string, faceId: number, signal: AbortSignal): Promise<DecidedQuery> {
    return this.#options.scope.run((either) => this.#removeFace(queryId, faceId, either), signal);
  }

  async #removeFace(queryId: string, faceId: number, signal: AbortSignal): Promise<DecidedQuery> {
    const session = this.get(queryId);
    const face = session.faces.find(({ id }) => id === faceId);
    if (face === undefined) {
      throw new FamiliarError('query-unknown', 'Expected a face of the open image.', {
        remedy: 'Open the image again: its faces have changed.',
      });
    }
    const decisionId = this.#removeStored(session, face);
    session.faces = session.faces.filter((other) => other !== face);
    return this.#decided(session, decisionId, signal);
  }

  /** @returns the id of the decision; null where none was made. */
  #removeStored(session: QuerySession, { stableId, ...face }: SessionFace): string | null {
    const { store, onChange } = this.#options;
    if (stableId === null) {
      return null;
    }
    this.#requireCurrent(session);
    const image = this.findStored(session);
    if (image === undefined) {
      throw new FamiliarError('query-unknown', 'Expected an image of the library.', {
        remedy: 'Open the image again: the library has changed.',
      });
    }
    const { decision, change } = store.decisions.removeFace(image, { ...face, stableId });
    onChange(change);
    return decision.id;
  }

  /**
   * The query with the faces that the library has now: after a decision was taken back, or made in
   * another window. Faces that are still there keep their ids.
   */
  refresh(queryId: string, signal: AbortSignal): Promise<QueryImage> {
    return this.#options.scope.run((either) => this.#refresh(queryId, either), signal);
  }

  async #refresh(queryId: string, signal: AbortSignal): Promise<QueryImage> {
    const session = this.get(queryId);
    const image = this.findStored(session);
    if (image !== undefined) {
      session.faces = this.#openStored(image).faces;
    }
    return this.#describe(session, signal);
  }

  async #decided(
    session: QuerySession,
    decisionId: string | null,
    signal: AbortSignal,
  ): Promise<DecidedQuery> {
    return { image: await this.#describe(session, signal), decisionId };
  }

  /** The image of a query as it is stored now: processed again it has another id. */
  findStored({ imageId, contentHash, modelRevision }: QuerySession): ImageRecord | undefined {
    return imageId === null
      ? undefined
      : this.#options.store.images.findByContent(contentHash, modelRevision);
  }

  #requireCurrent(session: QuerySession): void {
    if (session.modelRevision !== this.#options.modelRevision) {
      throw new FamiliarError(
        'query-unknown',
        'Expected an image indexed with the current models but received one of older ones.',
        { remedy: 'Wait until the image is indexed again, then open it once more.' },
      );
    }
  }

  /** Forgets queries whose vectors belong to a revision that is no longer searched. */
  dropOtherRevisions(modelRevisions: ReadonlySet<string>): void {
    for (const session of this.#sessions.values()) {
      if (!modelRevisions.has(session.modelRevision)) {
        this.#sessions.delete(session.queryId);
      }
    }
  }

  #remember(session: QuerySession): void {
    this.#sessions.delete(session.queryId);
    this.#sessions.set(session.queryId, session);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= capacity) {
        return;
      }
      this.#sessions.delete(oldest);
    }
  }

  #findImage(imageId: number): ImageRecord {
    const image = this.#options.store.images.find(imageId);
    if (image === undefined) {
      throw new FamiliarError('query-unknown', 'Expected an image of the library.', {
        remedy: 'Search again: the library has changed.',
      });
    }
    return image;
  }

  #openStored(image: ImageRecord): QuerySession {
    const { store, revisions } = this.#options;
    const dimensions = revisions().find(
      ({ modelRevision }) => modelRevision === image.modelRevision,
    )?.dimensions;
    const [stored] = dimensions ? store.matches.images([image.id], dimensions) : [];
    if (stored === undefined) {
      throw new FamiliarError('query-unknown', 'Expected an image of the current library.', {
        remedy: 'Search again: the library has changed.',
      });
    }
    const path = store.files.listByContent(image.contentHash)[0]?.path ?? null;
    const identities = new Map(stored.faces.map(({ id, identity }) => [id, identity]));
    return {
      queryId: randomUUID(),
      modelRevision: image.modelRevision,
      imageId: image.id,
      contentHash: image.contentHash,
      name: path === null ? image.contentHash : basename(path),
      path,
      width: image.width,
      height: image.height,
      look: stored.look,
      faces: store.images.faces(image.id).flatMap((face) => {
        const identity = identities.get(face.id);
        return identity === undefined ? [] : [{ ...face, identity }];
      }),
      bytes: null,
    };
  }

  async #openFile(
    source: Exclude<QuerySource, { kind: 'image' }>,
    signal: AbortSignal,
  ): Promise<QuerySession> {
    const { processor, modelRevision } = this.#options;
    const path = source.kind === 'path' ? source.path : null;
    const name = source.kind === 'path' ? basename(source.path) : source.name;
    const file =
      source.kind === 'path'
        ? await readImageFile(source.path, { maxBytes: maxQueryBytes, signal })
        : { bytes: source.bytes, contentHash: hashBytes(source.bytes) };
    const known = this.#findContent(file.contentHash);
    if (known !== undefined) {
      const stored = this.#openStored(known);
      return { ...stored, name, path: path ?? stored.path };
    }
    const prepared = await processor.prepare(file, [], signal);
    const [image] = await processor.infer([prepared], signal, 'interactive');
    if (image === undefined) {
      throw new TypeError('Expected one image for one file.');
    }
    const { width, height, look, contentHash } = image;
    return {
      queryId: randomUUID(),
      modelRevision,
      imageId: null,
      contentHash,
      name,
      path,
      width,
      height,
      look,
      faces: image.faces.map((face) => ({ ...face, id: this.#nextTransientId--, stableId: null })),
      bytes: source.kind === 'path' ? null : file.bytes,
    };
  }

  #findContent(contentHash: string): ImageRecord | undefined {
    for (const { modelRevision } of this.#options.revisions()) {
      const image = this.#options.store.images.findByContent(contentHash, modelRevision);
      if (image !== undefined) {
        return image;
      }
    }
    return undefined;
  }

  async #read(
    session: QuerySession,
    signal: AbortSignal,
  ): Promise<{ bytes: Uint8Array; contentHash: string }> {
    if (session.bytes !== null) {
      return { bytes: session.bytes, contentHash: session.contentHash };
    }
    const paths = this.#options.store.files
      .listByContent(session.contentHash)
      .map(({ path }) => path);
    let failure: unknown;
    for (const path of new Set([...(session.path === null ? [] : [session.path]), ...paths])) {
      try {
        const file = await readImageFile(path, { maxBytes: maxQueryBytes, signal });
        if (file.contentHash === session.contentHash) {
          return file;
        }
        failure ??= changedFile(path);
      } catch (error) {
        signal.throwIfAborted();
        failure ??= error;
      }
    }
    throw failure ?? changedFile(session.name);
  }

  async #savePreview(session: QuerySession, signal: AbortSignal): Promise<void> {
    const { previews, processor } = this.#options;
    const { contentHash } = session;
    const { bytes } = await this.#read(session, signal);
    const decoded = await processor.decode(bytes, signal);
    await processor.savePicture(previews, { bytes, contentHash }, decoded, previewSidePx);
  }

  async #describe(session: QuerySession, signal: AbortSignal): Promise<QueryImage> {
    const { previews } = this.#options;
    if (previews.find(session.contentHash) === undefined) {
      await this.#savePreview(session, signal).catch(unlessUnwritable);
    }
    return {
      queryId: session.queryId,
      imageId: session.imageId,
      name: session.name,
      path: session.path,
      width: session.width,
      height: session.height,
      preview: previews.pathOf(session.contentHash),
      faces: session.faces.map(({ id, box, score, source }) => ({
        id,
        box,
        score,
        source,
        character: null,
      })),
    };
  }
}

function changedFile(name: string): FamiliarError {
  return new FamiliarError('file-changed', `Expected ${name} as it was when it was opened.`, {
    remedy: 'Open the image again.',
  });
}

/** A disk that is full or read-only costs the preview, not the search. */
function unlessUnwritable(error: unknown): void {
  const isUnwritable =
    error instanceof FamiliarError && ['store-full', 'store-readonly'].includes(error.code);
  if (!isUnwritable) {
    throw error;
  }
}
