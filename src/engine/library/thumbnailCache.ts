import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fromFileSystem } from './storeError.ts';

/** Longest side of a result's thumbnail: a card of the grid on a screen of twice the density. */
export const thumbnailSidePx = 320;
/** Longest side of the preview of a query image. */
export const previewSidePx = 1024;

/** JPEG, which is made fastest; WebP for what is transparent. */
const endings = ['jpg', 'webp'] as const;

/** Content hashes are hexadecimal; their first two digits spread the files over so many folders. */
const folders = 256;
const folderOf = (contentHash: string) => contentHash.slice(0, 2);
const namesOf = (contentHash: string) => endings.map((ending) => `${contentHash}.${ending}`);

/** A file of one of those formats. */
export interface SmallPicture {
  readonly bytes: Uint8Array;
  readonly ending: (typeof endings)[number];
}

/**
 * Picture files named by the content they show, so that a changed image never meets a stale
 * picture. A cache: whatever is deleted comes back when it is next needed.
 */
export class ThumbnailCache {
  readonly folder: string;
  /** Bytes of all pictures, once they were added up. */
  #bytes: Promise<number> | undefined;
  /** Names of the files in each folder that was listed: a page of results asks for hundreds. */
  readonly #listed = new Map<string, Promise<Set<string>>>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where the picture of a content lies; undefined where there is none. */
  find(contentHash: string): string | undefined {
    return this.#places(contentHash).find((path) => existsSync(path));
  }

  /** Lists all folders, so that the first results need not wait for theirs. */
  async list(): Promise<void> {
    for (let folder = 0; folder < folders; folder++) {
      await this.#list(folder.toString(16).padStart(2, '0'));
    }
  }

  /** Where the pictures of these contents lie, as far as the folders were listed so. */
  async findAll(contentHashes: readonly string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const folder of new Set(contentHashes.map(folderOf))) {
      // All are asked for before the first is waited for.
      void this.#list(folder);
    }
    for (const contentHash of contentHashes) {
      const folder = folderOf(contentHash);
      const names = await this.#list(folder);
      const name =
        namesOf(contentHash).find((one) => names.has(one)) ?? this.#findNew(contentHash, names);
      if (name !== undefined) {
        found.set(contentHash, join(this.folder, folder, name));
      }
    }
    return found;
  }

  /** The file that another process wrote after its folder was listed; few are looked for so. */
  #findNew(contentHash: string, names: Set<string>): string | undefined {
    const path = this.find(contentHash);
    if (path === undefined) {
      return undefined;
    }
    names.add(basename(path));
    return basename(path);
  }

  /** Lists the folders of these anew. @returns those that somebody deleted since. */
  async findDeleted(contentHashes: readonly string[]): Promise<string[]> {
    const before = await this.findAll(contentHashes);
    for (const folder of new Set(contentHashes.map(folderOf))) {
      this.#listed.delete(folder);
    }
    const after = await this.findAll(contentHashes);
    return contentHashes.filter((one) => before.has(one) && !after.has(one));
  }

  #list(folder: string): Promise<Set<string>> {
    let listed = this.#listed.get(folder);
    if (listed === undefined) {
      // A folder that cannot be read has no pictures to show, whatever stands in the way of it.
      listed = readdir(join(this.folder, folder)).then(
        (names) => new Set(names),
        () => new Set<string>(),
      );
      this.#listed.set(folder, listed);
    }
    return listed;
  }

  /** Notes that a file came or went, in a folder that was listed. */
  #note(path: string, isThere: boolean): void {
    void this.#listed.get(basename(dirname(path)))?.then((names) => {
      if (isThere) {
        names.add(basename(path));
      } else {
        names.delete(basename(path));
      }
    });
  }

  /** Where it lies, or would lie if it could be written. */
  pathOf(contentHash: string): string {
    return this.find(contentHash) ?? (this.#places(contentHash)[0] as string);
  }

  #places(contentHash: string): string[] {
    return namesOf(contentHash).map((name) => join(this.folder, folderOf(contentHash), name));
  }

  /**
   * Writes under another name first, so that nobody ever reads half a picture.
   *
   * @throws FamiliarError `store-full`, `store-readonly`.
   */
  async save(contentHash: string, { bytes, ending }: SmallPicture): Promise<string> {
    const path = this.#places(contentHash)[endings.indexOf(ending)] as string;
    // Of its own: indexing and a search may make the picture of one content at the same time.
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      await writeInFolder(temporary, bytes);
      const before = this.#bytes === undefined ? 0 : await sizeOf(path);
      await rename(temporary, path);
      this.#grow(bytes.length - before);
    } catch (error) {
      await rm(temporary, { force: true });
      throw fromFileSystem(error);
    }
    this.#note(path, true);
    return path;
  }

  /** Deletes the pictures of contents that are forgotten. */
  async delete(contentHashes: readonly string[]): Promise<void> {
    for (const path of contentHashes.flatMap((contentHash) => this.#places(contentHash))) {
      await this.#remove(path);
    }
  }

  /**
   * Deletes pictures, and what unfinished writes left, that were written before a time and whose content
   * nobody keeps any more.
   *
   * @param beforeMs in milliseconds since 1970
   */
  async deleteOrphans(isKept: (contentHash: string) => boolean, beforeMs: number): Promise<void> {
    for (const folder of await listed(this.folder)) {
      for (const name of await listed(join(this.folder, folder))) {
        const path = join(this.folder, folder, name);
        const isOf = /^([0-9a-f]+)\.(?:jpg|webp)$/.exec(name)?.[1];
        if ((isOf === undefined || !isKept(isOf)) && (await writtenMs(path)) < beforeMs) {
          await this.#remove(path);
        }
      }
    }
  }

  /** Bytes of all pictures; added up once, and kept up to date by what this process writes. */
  sizeBytes(): Promise<number> {
    this.#bytes ??= this.#addUp();
    return this.#bytes;
  }

  #grow(bytes: number): void {
    this.#bytes = this.#bytes?.then((sum) => sum + bytes);
  }

  async #remove(path: string): Promise<void> {
    const bytes = this.#bytes === undefined ? 0 : await sizeOf(path);
    await rm(path, { force: true });
    this.#note(path, false);
    this.#grow(-bytes);
  }

  async #addUp(): Promise<number> {
    let sum = 0;
    for (const folder of await listed(this.folder)) {
      const names = await listed(join(this.folder, folder));
      const sizes = await Promise.all(names.map((name) => sizeOf(join(this.folder, folder, name))));
      sum += sizes.reduce((total, size) => total + size, 0);
    }
    return sum;
  }

  /** Deletes all but the `count` pictures written last. */
  async keepNewest(count: number): Promise<void> {
    const pictures: { path: string; mtimeMs: number }[] = [];
    for (const folder of await listed(this.folder)) {
      for (const name of await listed(join(this.folder, folder))) {
        const path = join(this.folder, folder, name);
        const { mtimeMs } = await stat(path);
        pictures.push({ path, mtimeMs });
      }
    }
    pictures.sort((a, b) => b.mtimeMs - a.mtimeMs);
    for (const { path } of pictures.slice(count)) {
      await this.#remove(path);
    }
  }
}

/** Bytes of a file; one that is gone takes no room. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

/** When a file was written; one that is gone was never. */
async function writtenMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** The folder is made when it turns out to be missing, which of thousands of files a few find. */
async function writeInFolder(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}

/** Names in a folder; none where there is no folder yet. */
async function listed(folder: string): Promise<string[]> {
  return existsSync(folder) ? readdir(folder) : [];
}
