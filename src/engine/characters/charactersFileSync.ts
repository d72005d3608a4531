import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { messageOf } from '../../common/failure.ts';
import { isBelow } from '../files/isBelow.ts';
import type { ImportResult } from './exchangeCharacters.ts';

export interface CharactersFileSyncOptions {
  /** Where the file is; null where it is not wanted, or another process keeps it. */
  readonly path: () => string | null;
  /** Differs whenever the decisions that hold do. */
  readonly state: () => string;
  /** All decisions as the file's text. */
  readonly format: () => string;
  readonly take: (text: string) => ImportResult;
  readonly log: (message: string) => void;
}

const intervalMs = 2_000;
/** Far above a file of a hundred thousand faces. */
const maxBytes = 64 * 1024 * 1024;

/**
 * Keeps a file of the folder in step with what people decided: writes it when something is decided
 * here, and takes over what it says when somebody else changed it, such as by a pull.
 */
export class CharactersFileSync {
  readonly #options: CharactersFileSyncOptions;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();
  /** The file as it was last read or written, and the decisions that it holds. */
  #known: { readonly path: string; readonly stamp: string; readonly text: string } | undefined;
  #state = '';
  #lastProblem = '';

  constructor(options: CharactersFileSyncOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.sync(), intervalMs);
    this.#timer.unref();
  }

  /** Looks at both sides once; resolves when they agree. */
  sync(): Promise<void> {
    this.#running = this.#running.then(() => this.#sync());
    return this.#running;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #sync(): Promise<void> {
    let path: string | null = null;
    try {
      path = this.#options.path();
      if (path === null) {
        return;
      }
      await this.#takeOver(path);
      await this.#write(path);
      this.#lastProblem = '';
    } catch (error) {
      const problem = `The characters file ${path ?? ''} is not in step: ${messageOf(error)}`;
      if (problem !== this.#lastProblem) {
        this.#lastProblem = problem;
        this.#options.log(problem);
      }
    }
  }

  async #takeOver(path: string): Promise<void> {
    const stamp = await stampOf(path);
    if (this.#known?.path !== path) {
      this.#known = { path, stamp: '', text: '' };
      this.#state = '';
    }
    if (stamp === this.#known.stamp || stamp === '') {
      return;
    }
    const text = await readFile(path, 'utf8');
    if (text !== this.#known.text) {
      const { conflicts } = this.#options.take(text);
      for (const { relativePath, character } of conflicts) {
        this.#options.log(
          `${path} says that a face in ${relativePath} is ${character}; here it is decided otherwise.`,
        );
      }
    }
    this.#known = { path, stamp, text };
  }

  async #write(path: string): Promise<void> {
    const state = this.#options.state();
    if (state === this.#state) {
      return;
    }
    const text = this.#options.format();
    const isNothing = this.#known?.stamp === '' && state.startsWith('0 ');
    if (text !== this.#known?.text && !isNothing) {
      await writeWhole(path, text);
      this.#known = { path, stamp: await stampOf(path), text };
    }
    this.#state = state;
  }
}

/**
 * The file that the setting names in the first workspace folder; null where it names none, one that
 * is not JSON, or one outside of the folder, links on the way to it included: a repository's own
 * settings name the file.
 */
export function charactersFilePath(setting: string, folder: string | undefined): string | null {
  if (setting === '' || folder === undefined) {
    return null;
  }
  const path = resolve(folder, setting);
  const isInside = isBelow(path, folder) && isBelow(realParent(path), realpathSync.native(folder));
  return isInside && path.endsWith('.json') ? path : null;
}

/** The path with the links of those of its folders resolved that exist. */
function realParent(path: string): string {
  const parent = dirname(path);
  try {
    return resolve(realpathSync.native(parent), basename(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) {
      throw error;
    }
    return resolve(realParent(parent), basename(path));
  }
}

/** Changes with the file; empty where there is none. Links and large files are not read. */
async function stampOf(path: string): Promise<string> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
      return undefined;
    }
    throw error;
  });
  if (found === undefined) {
    return '';
  }
  if (!found.isFile() || found.size > maxBytes) {
    throw new Error('Expected a regular file of at most 64 MB.');
  }
  return `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
}

/** The file appears whole or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
