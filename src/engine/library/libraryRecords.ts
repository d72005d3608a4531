import type { Dimensions } from '../../common/vector.ts';
import type { NewImage } from './imageTable.ts';
import type { LibraryStore } from './libraryStore.ts';
import { LookVectors } from './vectorSources.ts';

/** One image of the library with all that is known of it. */
export interface LibraryRecord {
  readonly image: NewImage;
  /** Where it lies, relative to the workspace folder, with `/`. */
  readonly paths: readonly string[];
}

const pageSize = 200;

/** All images of a model revision that files show, page by page in order of their ids. */
export function* libraryRecords(
  store: LibraryStore,
  modelRevision: string,
  dimensions: Dimensions,
): Generator<readonly LibraryRecord[]> {
  let page: number[] = [];
  for (const id of new LookVectors(store.database, modelRevision, dimensions).ids()) {
    if (page.push(id) === pageSize) {
      yield readPage(store, modelRevision, dimensions, page);
      page = [];
    }
  }
  if (page.length > 0) {
    yield readPage(store, modelRevision, dimensions, page);
  }
}

function readPage(
  store: LibraryStore,
  modelRevision: string,
  dimensions: Dimensions,
  ids: readonly number[],
): LibraryRecord[] {
  const images = store.matches.images(ids, dimensions);
  const places = store.matches.places(images.map(({ contentHash }) => contentHash));
  return images.map(({ id, contentHash, width, height, look, faces }) => {
    const identities = new Map(faces.map((face) => [face.id, face.identity]));
    return {
      image: {
        contentHash,
        modelRevision,
        width,
        height,
        look,
        faces: store.images.faces(id).flatMap(({ id: faceId, box, score, source }) => {
          const identity = identities.get(faceId);
          return identity === undefined ? [] : [{ box, score, source, identity }];
        }),
      },
      paths: (places.get(contentHash) ?? []).map(({ relativePath }) => relativePath),
    };
  });
}
