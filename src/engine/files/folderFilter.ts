import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import picomatch from 'picomatch';
import { databaseName, lockName } from '../../base/libraryFiles.ts';
import type { Settings } from '../../protocol/engineProtocol.ts';
import { isImagePath } from './imageFormats.ts';
import { readIgnoreFile } from './readIgnoreFile.ts';

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
  readonly #ignores = new Map<string, Ignore | null>();

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
        (await this.#isIgnored(relativePath, true)) ||
        this.#isLibrary(relativePath);
      if (isExcluded) {
        return false;
      }
    }
    await this.#readIgnore(relativePath);
    return true;
  }

  /** Whether a file is to be indexed, given that its folder is entered. */
  async acceptsFile(relativePath: string): Promise<boolean> {
    return (
      isImagePath(relativePath) &&
      this.#includes(relativePath) &&
      !this.#excludes(relativePath) &&
      !(await this.#isIgnored(relativePath, false))
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
  async #isIgnored(relativePath: string, isFolder: boolean): Promise<boolean> {
    if (!this.#useGitignore) {
      return false;
    }
    let ignored = false;
    const parts = relativePath.split('/');
    for (let depth = 0; depth < parts.length; depth++) {
      const rules = await this.#readIgnore(parts.slice(0, depth).join('/'));
      if (rules !== null) {
        const rest = parts.slice(depth).join('/') + (isFolder ? '/' : '');
        const verdict = rules.test(rest);
        ignored = verdict.ignored || (ignored && !verdict.unignored);
      }
    }
    return ignored;
  }

  async #readIgnore(folder: string): Promise<Ignore | null> {
    const known = this.#ignores.get(folder);
    if (known !== undefined || !this.#useGitignore) {
      return known ?? null;
    }
    const text = await readIgnoreFile(join(this.#root, folder, '.gitignore'));
    const rules = text === null ? null : ignore().add(text);
    this.#ignores.set(folder, rules);
    return rules;
  }
}

export function createFolderFilter(root: string, settings: FilterSettings): FolderFilter {
  return new FolderFilter(root, settings);
}
