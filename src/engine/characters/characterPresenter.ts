import type { ThumbnailRestorer } from '../indexing/thumbnailRestorer.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { ThumbnailCache } from '../library/thumbnailCache.ts';
import { coverOf, type Entry, nameOf } from './characterDirectory.ts';
import type { Character, ShownFace } from './characterTypes.ts';
import type { CharacterFace } from './libraryClusters.ts';

export interface PresenterOptions {
  readonly store: LibraryStore;
  readonly thumbnails: ThumbnailCache;
  /** Makes thumbnails again that somebody deleted. */
  readonly restorer: ThumbnailRestorer;
}

/** Puts characters and faces into the form in which they are shown. */
export class CharacterPresenter {
  readonly #options: PresenterOptions;

  constructor(options: PresenterOptions) {
    this.#options = options;
  }

  character(entry: Entry): Character {
    const { id, record, faces } = entry;
    return {
      id,
      name: nameOf(entry),
      aliases: [...(record?.aliases ?? [])],
      hidden: record?.hidden ?? false,
      faces: faces.length,
      confirmed: faces.filter(({ verdict }) => verdict === 'confirmed').length,
      cover: this.cover(entry),
    };
  }

  cover(entry: Entry): ShownFace | null {
    const cover = coverOf(entry);
    if (cover === undefined) {
      return null;
    }
    const confirmed = cover.verdict === 'confirmed';
    return this.faces([{ face: cover.face, confirmed }])[0] ?? null;
  }

  faces(
    faces: readonly { readonly face: CharacterFace; readonly confirmed: boolean }[],
  ): ShownFace[] {
    const { store } = this.#options;
    const contents = store.matches.contents(faces.map(({ face }) => face.imageId));
    return faces.flatMap(({ face, confirmed }) => {
      const image = contents.get(face.imageId);
      if (image === undefined) {
        return [];
      }
      const { stableId: _, ...shown } = face;
      const { contentHash, width, height } = image;
      const thumbnail = this.#thumbnail(contentHash, face.path);
      return [{ ...shown, width, height, confirmed, thumbnail }];
    });
  }

  /** Null where somebody deleted it; it is made again meanwhile. */
  #thumbnail(contentHash: string, path: string): string | null {
    const { thumbnails, restorer, store } = this.#options;
    const found = thumbnails.find(contentHash);
    if (found === undefined && !store.readOnly) {
      restorer.restore(contentHash, [path]);
    }
    return found ?? null;
  }
}
