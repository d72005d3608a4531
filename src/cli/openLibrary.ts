import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FamiliarError } from '../common/failure.ts';
import { defaultSettings, executionProviders, speeds } from '../common/settings.ts';
import { Engine } from '../engine/engine.ts';
import type { EngineEvents, EngineOptions } from '../engine/engineParts.ts';
import { numberIn, oneOf } from './arguments.ts';

/** Options that every command about a library understands. */
export interface LibraryFlags {
  readonly folder?: string;
  readonly storage?: string;
  readonly models?: string;
  readonly provider?: string;
  readonly speed?: string;
  /** One glob, or several where the option is repeated. */
  readonly include?: string | readonly string[];
  readonly exclude?: string | readonly string[];
  readonly followSymlinks?: boolean;
  readonly maxPixels?: number;
}

/** The models that come along: beside the bundle, or in the repository. */
export function bundledModels(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const beside = join(here, 'models');
  return existsSync(beside) ? beside : join(here, '..', '..', 'models');
}

/** Characters of a folder's name in that of its library: the two may not be longer than one name. */
const mostOfName = 48;

/** Where a folder's library lies unless `--storage` says otherwise: in the user's cache. */
export function defaultStorage(folder: string): string {
  // The standard has it that an empty or relative value counts as unset.
  const given = process.env['XDG_CACHE_HOME'] ?? '';
  const cache = isAbsolute(given) ? given : join(homedir(), '.cache');
  const key = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return join(cache, 'familiar-faces', `${basename(folder).slice(0, mostOfName)}-${key}`);
}

function pixels(value: unknown): number {
  return numberIn('max-pixels', value, { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true });
}

/** Opens the library of `--folder` (by default the current one), in this process. */
export async function openLibrary(
  flags: LibraryFlags,
  options: Pick<EngineOptions, 'autoStart' | 'watch' | 'mayWrite'> & EngineEvents,
): Promise<Engine> {
  const path = resolve(flags.folder ?? '.');
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new FamiliarError('file-missing', `Expected a folder at ${path} but found none.`, {
      remedy: 'Name an existing folder.',
    });
  }
  return Engine.open({
    ...options,
    storageFolder: resolve(flags.storage ?? defaultStorage(path)),
    folders: [{ id: path, name: basename(path), path }],
    settings: {
      ...defaultSettings,
      include: [flags.include ?? []].flat().map(String),
      exclude: [flags.exclude ?? []].flat().map(String),
      followSymlinks: flags.followSymlinks === true,
      ...(flags.maxPixels === undefined ? {} : { maxPixels: pixels(flags.maxPixels) }),
      executionProvider: oneOf('provider', flags.provider ?? 'auto', executionProviders),
      speed: oneOf('speed', flags.speed ?? 'fast', speeds),
      modelsFolder: flags.models === undefined ? null : resolve(flags.models),
    },
    previousExit: 'ended',
    bundledModels: bundledModels(),
  });
}
