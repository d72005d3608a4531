import type { LibraryStore } from '../library/libraryStore.ts';
import type { ThumbnailCache } from '../library/thumbnailCache.ts';
import { keepOrphansMs } from './keepOrphans.ts';

const dayMs = 24 * 60 * 60 * 1000;
const sweptKey = 'thumbnails-swept';

/**
 * Deletes, once a day, thumbnails of contents that the library does not know: of files that could not
 * be processed after all, and of a library that was built anew.
 */
export async function sweepThumbnails(
  store: LibraryStore,
  thumbnails: ThumbnailCache,
  nowMs = Date.now(),
): Promise<void> {
  const sweptMs = Number(store.meta.get(sweptKey) ?? '0');
  // A clock that was set back does not put it off for good.
  if (Math.abs(nowMs - sweptMs) >= dayMs) {
    store.meta.set(sweptKey, String(nowMs));
    const isKept = (contentHash: string) => store.images.hasContent(contentHash);
    await thumbnails.deleteOrphans(isKept, nowMs - keepOrphansMs);
  }
}
