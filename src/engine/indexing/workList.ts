import { relative, sep } from 'node:path';
import type { FamiliarError } from '../../common/failure.ts';
import type { Folder, Settings } from '../../common/settings.ts';
import { createFolderFilter } from '../files/folderFilter.ts';
import { isBelow } from '../files/isBelow.ts';
import { PassedOverCounts, type PassedOverReason } from '../files/passedOver.ts';
import { awayFailure, type ScannedFile, scanFolder } from '../files/scanFolder.ts';
import type { FileStamp } from '../library/fileTable.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import { awayPlaces, rememberPlaces } from './awayPlaces.ts';

/** A file to be read, and perhaps processed. */
export interface WorkItem extends ScannedFile {
  /** Id of its workspace folder. */
  readonly folder: string;
}

export interface FailedScan {
  readonly folder: string;
  readonly path: string;
  readonly relativePath: string;
  readonly error: FamiliarError;
}

export interface WorkList {
  readonly items: WorkItem[];
  /** Paths that the store knows and the disk no longer has. */
  readonly gone: string[];
  /** Files and folders that could not even be listed. */
  readonly failed: FailedScan[];
  /** What may be a picture of the person's own and is left out. */
  readonly passedOver: PassedOverCounts;
  /** Paths that are links to image files. */
  readonly links: string[];
}

/** Failures that may pass without the file changing: a lock, a permission, a network drive. */
const passing: ReadonlySet<string> = new Set(['file-unreadable', 'file-changed', 'file-missing']);

export interface ListOptions {
  readonly store: LibraryStore;
  readonly folders: readonly Folder[];
  readonly settings: Settings;
  readonly modelRevision: string;
  /** Images up to this id are to be processed again, and failures; null for neither. */
  readonly redoUpTo: number | null;
  readonly signal: AbortSignal;
}

/** Compares the folders with the store: what is new or changed, and what is gone. */
export async function listWork(options: ListOptions): Promise<WorkList> {
  const list: WorkList = {
    items: [],
    gone: [],
    failed: [],
    passedOver: new PassedOverCounts(),
    links: [],
  };
  const contents = options.store.images.listContents(options.modelRevision, options.redoUpTo ?? 0);
  for (const folder of options.folders) {
    await listFolder(folder, contents, list, options);
  }
  return list;
}

async function listFolder(
  folder: Folder,
  contents: ReadonlySet<string>,
  list: WorkList,
  { store, folders, settings, modelRevision, redoUpTo, signal }: ListOptions,
): Promise<void> {
  const files = store.files.listFolder(folder.id);
  const failures = store.failures.listFolder(folder.id);
  const filter = createFolderFilter(folder.path, settings);
  const unreadable: string[] = [];
  const { followSymlinks } = settings;
  const found: string[] = [];
  const onPassedOver = (passed: PassedOverReason, path: string) => {
    if (!belongsBelow(folder, path, folders)) {
      list.passedOver.add(passed);
    }
  };
  const scanOptions = { signal, followSymlinks, onPassedOver };
  for await (const entry of scanFolder(folder.path, filter, scanOptions)) {
    if (belongsBelow(folder, entry.path, folders)) {
      files.delete(entry.path);
      failures.delete(entry.path);
      continue;
    }
    if ('error' in entry) {
      unreadable.push(entry.path);
      list.failed.push({ ...entry, folder: folder.id });
      continue;
    }
    found.push(entry.path);
    if (entry.isLink === true) {
      list.links.push(entry.path);
    }
    const file = files.get(entry.path);
    const failure = failures.get(entry.path);
    files.delete(entry.path);
    failures.delete(entry.path);
    const isIndexed =
      file !== undefined && sameStamp(file, entry) && contents.has(file.contentHash);
    const isFailed =
      failure !== undefined &&
      sameStamp(failure, entry) &&
      failure.modelRevision === modelRevision &&
      !passing.has(failure.code);
    const isToStay = isFailed && (redoUpTo === null || failure.quarantined);
    if (!isIndexed && !isToStay) {
      list.items.push({ ...entry, folder: folder.id });
    }
  }
  for (const path of await awayPlaces({ store, folder, known: files.keys(), found })) {
    unreadable.push(path);
    if (!list.failed.some((failed) => failed.path === path)) {
      const relativePath = relative(folder.path, path).split(sep).join('/');
      list.failed.push({ folder: folder.id, path, relativePath, error: awayFailure(path) });
    }
  }
  await rememberPlaces({ store, folder, away: unreadable, found });
  for (const path of [...files.keys(), ...failures.keys()]) {
    // What lies in a folder that cannot be read at the moment is not gone.
    if (!unreadable.some((blocked) => path === blocked || isBelow(path, blocked))) {
      list.gone.push(path);
    }
  }
}

/** Whether a path belongs to another workspace folder that lies within this one. */
function belongsBelow(folder: Folder, path: string, folders: readonly Folder[]): boolean {
  return folders.some(
    (other) =>
      isBelow(other.path, folder.path) && (path === other.path || isBelow(path, other.path)),
  );
}

function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.sizeBytes === b.sizeBytes && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}

/** How many image files the folders hold; stops counting at `limit`. */
export async function countFiles(
  folders: readonly Folder[],
  settings: Settings,
  limit: number,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for (const folder of folders) {
    const filter = createFolderFilter(folder.path, settings);
    const { followSymlinks } = settings;
    for await (const entry of scanFolder(folder.path, filter, { signal, followSymlinks })) {
      const isOwn = !('error' in entry) && !belongsBelow(folder, entry.path, folders);
      if (isOwn && ++count >= limit) {
        return count;
      }
    }
  }
  return count;
}
