import type { Folder } from '../../common/settings.ts';
import { folderIdentity, listMounts } from '../files/folderPresence.ts';
import { isBelow } from '../files/isBelow.ts';
import type { LibraryStore } from '../library/libraryStore.ts';

interface Places {
  readonly store: LibraryStore;
  readonly folder: Folder;
  /** Paths of the image files that a scan has just found. */
  readonly found: readonly string[];
}

/**
 * The folder itself, or mount points in it, that are there but empty because what was mounted there
 * is away. Emptying a folder by hand leaves the same folder behind; a missing drive leaves another.
 *
 * @param places `known` are the paths that the library has and the scan did not find
 */
export async function awayPlaces({
  store,
  folder,
  known,
  found,
}: Places & { readonly known: Iterable<string> }): Promise<string[]> {
  const missing = [...known];
  const before = store.meta.get(identityKey(folder));
  const isReplaced = before === undefined || before !== (await folderIdentity(folder.path));
  if (missing.length > 0 && found.length === 0 && isReplaced) {
    return [folder.path];
  }
  const mounted = new Set((await listMounts(folder.path)).map(({ path }) => path));
  return rememberedMounts(store, folder).filter(
    (path) =>
      !mounted.has(path) &&
      missing.some((file) => isBelow(file, path)) &&
      !found.some((file) => isBelow(file, path)),
  );
}

/** Keeps what the next scan needs to tell a missing drive from an emptied folder. */
export async function rememberPlaces({
  store,
  folder,
  away,
  found,
}: Places & { readonly away: readonly string[] }): Promise<void> {
  if (found.length === 0 || away.includes(folder.path)) {
    return;
  }
  const mounts = (await listMounts(folder.path)).map(({ path }) => path);
  const kept = rememberedMounts(store, folder).filter((path) => away.includes(path));
  writeChanged(store, identityKey(folder), await folderIdentity(folder.path));
  writeChanged(store, mountsKey(folder), JSON.stringify([...new Set([...mounts, ...kept])]));
}

function writeChanged(store: LibraryStore, key: string, value: string): void {
  if (store.meta.get(key) !== value) {
    store.meta.set(key, value);
  }
}

function rememberedMounts(store: LibraryStore, folder: Folder): string[] {
  return JSON.parse(store.meta.get(mountsKey(folder)) ?? '[]') as string[];
}

function identityKey({ id }: Folder): string {
  return `folder-identity ${id}`;
}

function mountsKey({ id }: Folder): string {
  return `folder-mounts ${id}`;
}
