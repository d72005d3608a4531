import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ignore from 'ignore';
import picomatch from 'picomatch';
import { databaseName, lockName } from '../../common/libraryFiles.ts';
import type { Settings } from '../../common/settings.ts';
import { isImagePath, unreadEnding } from './imageFormats.ts';
import type { PassedOverReason } from './passedOver.ts';
import { readIgnoreFile } from './readIgnoreFile.ts';
import { type IgnoreRules, readRepositoryRules } from './repositoryRules.ts';
import { isDebrisFile, isDebrisFolder, isKernelFolder } from './systemDebris.ts';

type FilterSettings = Pick<Settings, 'include' | 'exclude' | 'useGitignore' | 'useDefaultExcludes'>;

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
  readonly #useDefaultExcludes: boolean;
  readonly #includes: (path: string) => boolean;
  readonly #excludes: (path: string) => boolean;
  /** Of each folder that was entered: the ignore files that speak about what lies in it. */
  readonly #entered = new Map<string, readonly IgnoreRules[]>();
  #ignoreCase = false;

  constructor(root: string, settings: FilterSettings) {
    const options = { dot: true };
    this.#root = root;
    this.#useGitignore = settings.useGitignore;
    this.#useDefaultExcludes = settings.useDefaultExcludes;
    const include = settings.include.filter(isGlob);
    this.#includes = include.length === 0 ? () => true : picomatch(include, options);
    this.#excludes = picomatch(settings.exclude.filter(isGlob), options);
  }

  /** Whether a folder is to be looked into; reads its ignore file where it is. */
  async acceptsFolder(relativePath: string): Promise<boolean> {
    return (await this.judgeFolder(relativePath)) === 'accepted';
  }

  /** As `acceptsFolder`; `ignored` where settings or ignore files leave it out. */
  async judgeFolder(relativePath: string): Promise<'accepted' | 'ignored' | 'foreign'> {
    if (relativePath !== '') {
      const name = relativePath.slice(relativePath.lastIndexOf('/') + 1);
      const isSystems = neverEntered.has(name) || isKernelFolder(join(this.#root, relativePath));
      if (isSystems || this.#isDebris(relativePath) || this.#isLibrary(relativePath)) {
        return 'foreign';
      }
      if (
        this.#excludes(relativePath) ||
        this.#excludes(`${relativePath}/`) ||
        this.#isIgnored(relativePath, `${relativePath}/`)
      ) {
        return 'ignored';
      }
    }
    await this.#enter(relativePath);
    return 'accepted';
  }

  /** Whether a file is to be indexed, given that its folder is entered. */
  acceptsFile(relativePath: string): boolean {
    return this.judgeFile(relativePath) === 'accepted';
  }

  /** As `acceptsFile`, or why a picture is left out; null for what is nobody's picture. */
  judgeFile(relativePath: string): 'accepted' | PassedOverReason | null {
    const ending = unreadEnding(relativePath);
    const isPicture = ending !== null || isImagePath(relativePath);
    if (!isPicture || (this.#useDefaultExcludes && isDebrisFile(relativePath))) {
      return null;
    }
    if (
      !this.#includes(relativePath) ||
      this.#excludes(relativePath) ||
      this.#isIgnored(relativePath, relativePath)
    ) {
      return { reason: 'ignored' };
    }
    return ending === null ? 'accepted' : { reason: 'unsupported', ending };
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

  #isDebris(folder: string): boolean {
    return this.#useDefaultExcludes && isDebrisFolder(join(this.#root, folder));
  }

  /** Thumbnails of this library or of another one are pictures, but nobody's art. */
  #isLibrary(folder: string): boolean {
    return [databaseName, lockName].every((name) => existsSync(join(this.#root, folder, name)));
  }

  /** The nearest ignore file with an opinion decides, as git has it. */
  #isIgnored(relativePath: string, asked: string): boolean {
    let ignored = false;
    for (const { prefix, above, rules } of this.#entered.get(folderOf(relativePath)) ?? []) {
      const verdict = rules.test(above + asked.slice(prefix));
      ignored = verdict.ignored || (ignored && !verdict.unignored);
    }
    return ignored;
  }

  async #enter(folder: string): Promise<void> {
    if (!this.#useGitignore || this.#entered.has(folder)) {
      return;
    }
    const inherited = await this.#inherited(folder);
    const text = await readIgnoreFile(join(this.#root, folder, '.gitignore'));
    const prefix = folder === '' ? 0 : folder.length + 1;
    const rules = text === null ? null : ignore({ ignoreCase: this.#ignoreCase }).add(text);
    this.#entered.set(
      folder,
      rules === null ? inherited : [...inherited, { prefix, above: '', rules }],
    );
  }

  async #inherited(folder: string): Promise<readonly IgnoreRules[]> {
    if (folder !== '') {
      return this.#entered.get(folderOf(folder)) ?? [];
    }
    const { ignoreCase, inherited } = await readRepositoryRules(this.#root);
    this.#ignoreCase = ignoreCase;
    return inherited;
  }
}

/** The globs of the settings that mean nothing: they are named to the person and count as unset. */
export function badGlobs({ include, exclude }: Pick<Settings, 'include' | 'exclude'>): string[] {
  return [...include, ...exclude].filter((glob) => !isGlob(glob));
}

function isGlob(pattern: string): boolean {
  try {
    picomatch(pattern, { dot: true });
    return pattern.trim() !== '';
  } catch {
    return false;
  }
}

/** Path of the folder that a path lies in; empty for the root. */
function folderOf(relativePath: string): string {
  return relativePath.slice(0, Math.max(0, relativePath.lastIndexOf('/')));
}

export function createFolderFilter(root: string, settings: FilterSettings): FolderFilter {
  return new FolderFilter(root, settings);
}
