import type { Box } from '../../common/geometry.ts';
import type { DecisionKind } from './decisionTable.ts';
import type { LibraryStore } from './libraryStore.ts';
import type { Place } from './searchReader.ts';
import type { ThumbnailCache } from './thumbnailCache.ts';

/** A face of a decision with the picture that it is seen in. */
export interface ListedFace {
  /** A file that shows it; null where none does at the moment. */
  readonly place: Place | null;
  /** Path of the picture's thumbnail. */
  readonly thumbnail: string | null;
  /** Relative to the size of the picture: 0…1. */
  readonly box: Box;
}

export interface ListedDecision {
  readonly id: string;
  readonly kind: DecisionKind;
  readonly madeMs: number;
  readonly value: string | null;
  readonly faces: readonly ListedFace[];
}

/** Decisions that hold, the newest first, with what is needed to show them. */
export function listDecisions(store: LibraryStore, thumbnails: ThumbnailCache): ListedDecision[] {
  return store.decisions.table.list().map(({ id, kind, madeMs, value, faces }) => ({
    id,
    kind,
    madeMs,
    value,
    faces: faces.flatMap((stableId) => listFace(store, thumbnails, stableId) ?? []),
  }));
}

function listFace(
  store: LibraryStore,
  thumbnails: ThumbnailCache,
  stableId: number,
): ListedFace | undefined {
  const seen = store.decidedFaces.find(stableId);
  const places = store.matches.places(seen.map(({ contentHash }) => contentHash));
  const shown = seen.find(({ contentHash }) => places.has(contentHash)) ?? seen[0];
  return (
    shown && {
      place: places.get(shown.contentHash)?.[0] ?? null,
      thumbnail: thumbnails.find(shown.contentHash) ?? null,
      box: shown.box,
    }
  );
}
