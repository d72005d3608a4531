import { type Box, iou } from '../../common/geometry.ts';
import type { DecidedFace, FacePlace } from './decidedFaceTable.ts';
import { toRelativeBox } from './decidedFaceTable.ts';
import { isPortablePath, type WrittenDecision, type WrittenFace } from './decisionFile.ts';
import type { Outcome } from './decisions.ts';
import type { LibraryStore } from './libraryStore.ts';

/** A workspace folder: its id in this library, and the name by which another one knows it. */
export interface NamedFolder {
  readonly id: string;
  readonly name: string;
}

export interface Imported {
  /** Decisions that hold now and did not before. */
  readonly outcomes: readonly Outcome[];
  /** How many held already. */
  readonly known: number;
  /** How many are about pictures that are not in the library: they wait for them. */
  readonly waiting: number;
}

/** Boxes that differ by less are the same box, written and read. */
const digits = 6;
/** The rule by which faces are known again; see `matchFaces`. */
const sameFaceIou = 0.5;

/** All decisions that hold, in the form in which another library takes them over. */
export function exportDecisions(
  store: LibraryStore,
  folders: readonly NamedFolder[],
): WrittenDecision[] {
  const names = new Map(folders.map(({ id, name }) => [id, name]));
  return store.decisions.table.list().flatMap(({ id, kind, madeMs, value, faces }) => {
    const written = faces.map((stableId) => exportFace(store, names, stableId));
    // A face of which nothing is known any more cannot be named to another library.
    return written.some(({ pictures }) => pictures.length === 0)
      ? []
      : [
          {
            id,
            decision: kind,
            made: new Date(madeMs).toISOString(),
            ...(value === null ? {} : { value }),
            faces: written,
          },
        ];
  });
}

function exportFace(
  { decidedFaces }: LibraryStore,
  names: ReadonlyMap<string, string>,
  stableId: number,
): WrittenFace {
  const known = decidedFaces.find(stableId);
  return {
    source: known[0]?.source ?? 'detected',
    pictures: known.map(({ contentHash, folder, relativePath, box }) => ({
      content: contentHash,
      ...(relativePath === '' || !isPortablePath(relativePath)
        ? {}
        : { folder: names.get(folder) ?? nameOf(folder), path: relativePath }),
      box: [box.x, box.y, box.width, box.height].map(rounded) as [number, number, number, number],
    })),
  };
}

/** A folder that is no longer open: its name without the way to it, which is nobody's business. */
function nameOf(folderId: string): string {
  return decodeURIComponent(folderId.split(/[\\/]/).at(-1) ?? '');
}

function rounded(value: number): number {
  return Number(Math.min(1, Math.max(0, value)).toFixed(digits));
}

/**
 * Makes the decisions hold in this library, all or none. A decision that was undone here holds again:
 * the file says so.
 */
export function importDecisions(
  store: LibraryStore,
  folders: readonly NamedFolder[],
  written: readonly WrittenDecision[],
): Imported {
  return store.database.transaction(() => {
    const outcomes: Outcome[] = [];
    let known = 0;
    let waiting = 0;
    for (const decision of written) {
      const outcome = importOne(store, folders, decision);
      if (outcome === undefined) {
        known++;
      } else {
        outcomes.push(outcome);
      }
      const contents = decision.faces.map(({ pictures }) => pictures.map(({ content }) => content));
      waiting += contents.some((hashes) => store.matches.shown(hashes).size === 0) ? 1 : 0;
    }
    return { outcomes, known, waiting };
  });
}

function importOne(
  store: LibraryStore,
  folders: readonly NamedFolder[],
  { id, decision, made, value, faces }: WrittenDecision,
): Outcome | undefined {
  const { decisions } = store;
  const before = decisions.table.find(id);
  const stableIds = faces.map((face, n) => {
    const stableId =
      before?.faces[n] ?? findFace(store, face) ?? store.decidedFaces.nextForeignId();
    describeFace(store, folders, stableId, face);
    return stableId;
  });
  if (before !== undefined) {
    return before.isUndone ? decisions.redo(id) : undefined;
  }
  return decisions.takeOver({
    id,
    kind: decision,
    madeMs: Date.parse(made),
    value: value ?? null,
    faces: stableIds,
  });
}

/** The face as this library knows it; undefined where it has not met it. */
function findFace(store: LibraryStore, { source, pictures }: WrittenFace): number | undefined {
  for (const { content, box } of pictures) {
    const candidates = [...store.decidedFaces.ofContent(content), ...storedFaces(store, content)];
    const wanted = toBox(box);
    const [best] = candidates
      .filter((face) => face.source === source && iou(face.box, wanted) > sameFaceIou)
      .toSorted((a, b) => iou(b.box, wanted) - iou(a.box, wanted));
    if (best !== undefined) {
      return best.stableId;
    }
  }
  return undefined;
}

function storedFaces(
  { images }: LibraryStore,
  contentHash: string,
): Pick<DecidedFace, 'stableId' | 'source' | 'box'>[] {
  return images.allOfContent(contentHash).flatMap((image) =>
    images.faces(image.id).map(({ stableId, source, box }) => ({
      stableId,
      source,
      box: toRelativeBox(box, image),
    })),
  );
}

function describeFace(
  { decidedFaces }: LibraryStore,
  folders: readonly NamedFolder[],
  stableId: number,
  { source, pictures }: WrittenFace,
): void {
  for (const { content, folder, path, box } of pictures) {
    const place = toPlace(folders, folder, path);
    decidedFaces.insert({ stableId, source, box: toBox(box) }, content, place);
    decidedFaces.learnVectors(content);
  }
}

/** The place here: in the folder of that name, or in the only one, whatever it is called. */
function toPlace(
  folders: readonly NamedFolder[],
  name: string | undefined,
  path: string | undefined,
): FacePlace {
  const [only, ...others] = folders;
  const folder =
    folders.find((known) => known.name === name) ?? (others.length === 0 ? only : undefined);
  return folder === undefined || path === undefined
    ? { folder: '', relativePath: '' }
    : { folder: folder.id, relativePath: path };
}

function toBox([x, y, width, height]: readonly [number, number, number, number]): Box {
  return { x, y, width, height };
}
