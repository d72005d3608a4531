import { lstat, readFile, stat } from 'node:fs/promises';
import platformPath, { dirname, join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { readIgnoreFile } from './readIgnoreFile.ts';

/** One ignore file, for the paths below its folder. */
export interface IgnoreRules {
  /** Length of the part of a path that leads to the file's folder. */
  readonly prefix: number;
  /** What goes before a path of the scanned folder where the file lies above that folder. */
  readonly above: string;
  readonly rules: Ignore;
}

/** What the repository around a folder says about ignoring. */
export interface RepositoryRules {
  /** Whether names differ by case alone, as git sees them. */
  readonly ignoreCase: boolean;
  /** Files above the folder, weakest first. */
  readonly inherited: readonly IgnoreRules[];
}

/** The case rules of git outside of a repository: those of the platform's usual file system. */
const platformIgnoresCase = process.platform === 'win32' || process.platform === 'darwin';

/** The files outside of a folder that say what is ignored in it; they need not exist. */
export async function inheritedIgnoreFiles(folder: string): Promise<string[]> {
  const repository = await findRepository(folder);
  return repository === null ? [] : ignoreFilesAbove(folder, repository);
}

function ignoreFilesAbove(folder: string, repository: Repository): string[] {
  const parents = foldersBetween(repository.root, folder).map((path) => join(path, '.gitignore'));
  return [join(repository.common, 'info', 'exclude'), ...parents];
}

/** Rules of `.git/info/exclude` and of the ignore files from the repository's root to the folder. */
export async function readRepositoryRules(folder: string): Promise<RepositoryRules> {
  const repository = await findRepository(folder);
  if (repository === null) {
    return { ignoreCase: platformIgnoresCase, inherited: [] };
  }
  const ignoreCase = await ignoresCase(repository.common);
  const inherited: IgnoreRules[] = [];
  for (const path of ignoreFilesAbove(folder, repository)) {
    const text = await readIgnoreFile(path);
    if (text !== null) {
      const base = path.endsWith('.gitignore') ? dirname(path) : repository.root;
      const below = relative(base, folder).split(sep).join('/');
      const above = below === '' ? '' : `${below}/`;
      inherited.push({ prefix: 0, above, rules: ignore({ ignoreCase }).add(text) });
    }
  }
  // Somebody who opens an ignored folder by itself wants to see what is in it.
  return { ignoreCase, inherited: isFolderIgnored(inherited) ? [] : inherited };
}

function isFolderIgnored(inherited: readonly IgnoreRules[]): boolean {
  let ignored = false;
  for (const { above, rules } of inherited) {
    if (above !== '') {
      const verdict = rules.test(above);
      ignored = verdict.ignored || (ignored && !verdict.unignored);
    }
  }
  return ignored;
}

interface Repository {
  readonly root: string;
  /** Git's own folder, shared by all worktrees of the repository. */
  readonly common: string;
}

async function findRepository(folder: string): Promise<Repository | null> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const common = await commonFolder(join(at, '.git'));
    if (common !== null) {
      return { root: at, common };
    }
    if (dirname(at) === at) {
      return null;
    }
  }
}

/** Git's folder behind `.git`, which is a file in worktrees and submodules; null where there is none. */
async function commonFolder(dotGit: string): Promise<string | null> {
  try {
    const stats = await stat(dotGit);
    if (stats.isDirectory()) {
      return dotGit;
    }
    const own = /^gitdir: (.*)$/m.exec((await readIgnoreFile(dotGit)) ?? '')?.[1]?.trim();
    if (own === undefined) {
      return null;
    }
    const gitFolder = resolve(dirname(dotGit), own);
    // Asking for a path of another computer would sign in there, on Windows: nothing is touched
    // because a file in a checkout names it.
    if (isElsewhere(gitFolder, dotGit) || !(await lstat(gitFolder)).isDirectory()) {
      return null;
    }
    const named = (await readIgnoreFile(join(gitFolder, 'commondir')))?.trim();
    const common = named === undefined ? gitFolder : resolve(gitFolder, named);
    return isElsewhere(common, dotGit) ? null : common;
  } catch {
    return null;
  }
}

/**
 * Whether a path is on another computer than the checkout: a share of Windows (`\\server\share`)
 * that is not the one on which the checkout lies.
 */
export function isElsewhere(path: string, checkout: string, { parse } = platformPath): boolean {
  const rootOf = (one: string) => parse(one).root.replaceAll('/', '\\').toLowerCase();
  return rootOf(path).startsWith('\\\\') && rootOf(path) !== rootOf(checkout);
}

/** `core.ignoreCase` of the repository, which git sets by a probe when it makes one. */
async function ignoresCase(common: string): Promise<boolean> {
  try {
    const text = await readFile(join(common, 'config'), 'utf8');
    const value = /^\s*ignorecase\s*=\s*(\w+)/im.exec(text)?.[1]?.toLowerCase();
    return value === undefined ? platformIgnoresCase : ['true', 'yes', 'on', '1'].includes(value);
  } catch {
    return platformIgnoresCase;
  }
}

/** Folders from the repository's root down to the one above `folder`. */
function foldersBetween(root: string, folder: string): string[] {
  const folders: string[] = [];
  for (let at = resolve(folder); at !== root; ) {
    at = dirname(at);
    folders.unshift(at);
  }
  return folders;
}
