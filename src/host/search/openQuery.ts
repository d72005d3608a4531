import { mainFace } from '../../common/faceOrder.ts';
import { toFamiliarError } from '../../common/failure.ts';
import { type Box, iou } from '../../common/geometry.ts';
import type { Face, QueryImage, QuerySource } from '../../protocol/engineProtocol.ts';
import type { EngineClient } from '../client/engineClient.ts';

/** An image that is searched by. */
export interface OpenQuery {
  /** What opens it again after the engine has been restarted. */
  readonly source: QuerySource;
  readonly image: QueryImage;
  /** None searches by the whole image. */
  readonly selectedFaceIds: readonly number[];
}

export interface OpenQueryOptions {
  readonly engine: EngineClient;
  readonly source: QuerySource;
  /** Faces to select where they are still there; the main face when left out. */
  readonly selectedFaceIds: readonly number[] | undefined;
  /** Box of a face that was seen before, to select in their place. */
  readonly selectedBox?: Box | undefined;
  readonly signal: AbortSignal;
}

/** Opens an image in the engine and selects the faces to search by. */
export async function openQuery(options: OpenQueryOptions): Promise<OpenQuery> {
  const { engine, source, signal } = options;
  const image = await openPatiently(engine, source, signal);
  const present = new Set(image.faces.map((face) => face.id));
  const seen = options.selectedBox && faceAt(image, options.selectedBox);
  const selectedFaceIds =
    seen === undefined
      ? (options.selectedFaceIds?.filter((face) => present.has(face)) ?? mainFaces(image))
      : [seen.id];
  // An image of the library is found by its path even after its id has changed.
  const lasting: QuerySource = image.path === null ? source : { kind: 'path', path: image.path };
  return { source: lasting, image, selectedFaceIds };
}

/**
 * Opens the image in an engine that has never heard of it, with the faces drawn by hand and
 * the selection as they were.
 */
export async function reopenQuery(
  engine: EngineClient,
  query: OpenQuery,
  signal: AbortSignal,
): Promise<OpenQuery> {
  let image = await engine.request('query/open', { source: query.source }, signal);
  for (const { source, box } of query.image.faces) {
    // The library keeps the faces of its own images.
    const isForgotten = image.imageId === null && faceAt(image, box) === undefined;
    if (source === 'manual' && isForgotten) {
      const { queryId } = image;
      ({ image } = await engine.request('query/addFace', { queryId, box }, signal));
    }
  }
  const selected = query.image.faces.filter(({ id }) => query.selectedFaceIds.includes(id));
  const selectedFaceIds = selected.flatMap(({ box }) => faceAt(image, box)?.id ?? []);
  return { source: query.source, image, selectedFaceIds };
}

/** The query with the faces that the library has now; itself where they are the same. */
export async function refreshQuery(engine: EngineClient, query: OpenQuery): Promise<OpenQuery> {
  const { queryId, imageId, faces } = query.image;
  if (imageId === null) {
    return query;
  }
  const image = await engine.request('query/refresh', { queryId });
  if (JSON.stringify(image.faces) === JSON.stringify(faces)) {
    return query;
  }
  const selected = faces.filter(({ id }) => query.selectedFaceIds.includes(id));
  const selectedFaceIds = selected.flatMap(({ box }) => faceAt(image, box)?.id ?? []);
  return { ...query, image, selectedFaceIds };
}

/** The query with its file in another place; itself where there is none. */
export function moveQuery(
  query: OpenQuery,
  place: { readonly name: string; readonly path: string } | undefined,
): OpenQuery {
  return place === undefined
    ? query
    : {
        ...query,
        source: { kind: 'path', path: place.path },
        image: { ...query.image, ...place },
      };
}

/** An engine that dies meanwhile is started again by the second request. */
async function openPatiently(
  engine: EngineClient,
  source: QuerySource,
  signal: AbortSignal,
): Promise<QueryImage> {
  try {
    return await engine.request('query/open', { source }, signal);
  } catch (error) {
    if (toFamiliarError(error).code !== 'engine-lost' || signal.aborted) {
      throw error;
    }
    return await engine.request('query/open', { source }, signal);
  }
}

/** What to call the image while it is being opened. */
export function nameOf(source: QuerySource): string {
  switch (source.kind) {
    case 'path':
      return source.path.split(/[\\/]/).at(-1) ?? source.path;
    case 'bytes':
      return source.name;
    case 'image':
      return String(source.imageId);
  }
}

function mainFaces(image: QueryImage): number[] {
  const face = mainFace(image.faces);
  return face === undefined ? [] : [face.id];
}

/** Ids change when an image is opened again, places do not. */
function faceAt(image: QueryImage, box: Box): Face | undefined {
  return image.faces.find((face) => iou(face.box, box) > 0.9);
}
