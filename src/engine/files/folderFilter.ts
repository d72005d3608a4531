import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import picomatch from 'picomatch';
import { databaseName, lockName } from '../../common/libraryFiles.ts';
import type { Settings } from '../../protocol/engineProtocol.ts';
import { isImagePath } from './imageFormats.ts';
import { readIgnoreFile } from './readIgnoreFile.ts';

/** One ignore file, for paths below its folder. */
interface Rules {
  /** Length of the part of a path that leads to the folder. */
  readonly prefix: number;
  readonly rules: Ignore;
}

type FilterSettings = Pick<Settings, 'include' | 'exclude' | 'useGitignore'>;

/** Never assets of a person's own, whatever the settings say. */
const neverEntered: ReadonlySet<string> = new Set(['.git', '.hg', '.svn', 'node_modules']);

/**
 * Which files of one folder are to be indexed. Paths are relative to it, with forward slashes.
 * Ignore files are read as their folders are entered, so a scan enters a folder before it asks
 * about what lies in it.
 */
export class FolderFilter {
  readonly #root: string;
  readonly #useGitignore: boolean;
  readonly #includes: (path: string) => boolean;
  readonly #excludes: (path: string) => boolean;
  /** Of each folder that was entered: the ignore files that speak about what lies in it. */
  readonly #entered = new Map<string, readonly Rules[]>();

  constructor(root: string, settings: FilterSettings) {
    const options = { dot: true };
    this.#root = root;
    this.#useGitignore = settings.useGitignore;
    this.#includes =
      settings.include.length === 0 ? () => true : picomatch(settings.include, options);
    this.#excludes = picomatch(settings.exclude, options);
  }

  /** Whether a folder is to be looked into; reads its ignore file where it is. */
  async acceptsFolder(relativePath: string): Promise<boolean> {
    if (relativePath !== '') {
      const name = relativePath.slice(relativePath.lastIndexOf('/') + 1);
      const isExcluded =
        neverEntered.has(name) ||
        this.#excludes(relativePath) ||
        this.#excludes(`${relativePath}/`) ||
        this.#isIgnored(relativePath, `${relativePath}/`) ||
        this.#isLibrary(relativePath);
      if (isExcluded) {
        return false;
      }
    }
    await this.#enter(relativePath);
    return true;
  }

  /** Whether a file is to be indexed, given that its folder is entered. */
  acceptsFile(relativePath: string): boolean {
    return (
      isImagePath(relativePath) &&
      this.#includes(relativePath) &&
      !this.#excludes(relativePath) &&
      !this.#isIgnored(relativePath, relativePath)
    );
  }

  /** For a path met outside a scan: whether it and all folders above it are accepted. */
  async acceptsPath(relativePath: string): Promise<boolean> {
    const parts = relativePath.split('/');
    for (let depth = 0; depth < parts.length; depth++) {
      if (!(await this.acceptsFolder(parts.slice(0, depth).join('/')))) {
        return false;
      }
    }
    return this.acceptsFile(relativePath);
  }

  /** Thumbnails of this library or of another one are pictures, but nobody's art. */
  #isLibrary(folder: string): boolean {
    return [databaseName, lockName].every((name) => existsSync(join(this.#root, folder, name)));
  }

  /** The nearest ignore file with an opinion decides, as git has it. */
  #isIgnored(relativePath: string, asked: string): boolean {
    let ignored = false;
    for (const { prefix, rules } of this.#entered.get(folderOf(relativePath)) ?? []) {
      const verdict = rules.test(asked.slice(prefix));
      ignored = verdict.ignored || (ignored && !verdict.unignored);
    }
    return ignored;
  }

  async #enter(folder: string): Promise<void> {
    if (!this.#useGitignore || this.#entered.has(folder)) {
      return;
    }
    const above = folder === '' ? [] : (this.#entered.get(folderOf(folder)) ?? []);
    const text = await readIgnoreFile(join(this.#root, folder, '.gitignore'));
    const prefix = folder === '' ? 0 : folder.length + 1;
    const rules = text === null ? null : ignore().add(text);
    this.#entered.set(folder, rules === null ? above : [...above, { prefix, rules }]);
  }
}

/** Path of the folder that a path lies in; empty for the root. */
function folderOf(relativePath: string): string {
  return relativePath.slice(0, Math.max(0, relativePath.lastIndexOf('/')));
}

export function createFolderFilter(root: string, settings: FilterSettings): FolderFilter {
  return new FolderFilter(root, settings);
}
