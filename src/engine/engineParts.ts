import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FamiliarError } from '../common/failure.ts';
import { indexFolderName } from '../common/libraryFiles.ts';
import { Scope } from '../common/scope.ts';
import type { Folder, Settings } from '../common/settings.ts';
import type { WatchLimit } from './files/watchFolders.ts';
import type { PreviousExit } from './indexing/indexingService.ts';
import type { Progress } from './indexing/progress.ts';
import { LibraryStore } from './library/libraryStore.ts';
import { isCorrupt } from './library/storeError.ts';
import { WriterLock } from './library/writerLock.ts';
import { ModelManager } from './models/modelManager.ts';
import type { ProviderReport } from './models/providerReport.ts';
import { Revisions } from './search/revisions.ts';

/** What an engine tells whoever opened it. */
export interface EngineEvents {
  readonly onProgress?: (progress: Progress) => void;
  /** The library changed (told at most once a second); open results may be stale. */
  readonly onChanged?: (epoch: number) => void;
  readonly onProvider?: (report: ProviderReport) => void;
  readonly onLog?: (level: LogLevel, message: string) => void;
  /** The system watches no more folders; told once. */
  readonly onWatchLimit?: (limit: WatchLimit) => void;
  /** The library was damaged or replaced while it was open: only a new start helps. */
  readonly onStale?: () => void;
}

export type LogLevel = 'debug' | 'info' | 'warning';

export interface EngineOptions extends EngineEvents {
  /** Where database, index and thumbnails live; created when missing. */
  readonly storageFolder: string;
  readonly folders: readonly Folder[];
  readonly settings: Settings;
  /** Whether the folders are watched and re-indexed as they change. */
  readonly watch: boolean;
  /** Whether indexing starts at once, or waits for `indexing.start`. */
  readonly autoStart: boolean;
  readonly previousExit: PreviousExit;
  /** False for who only reads: the library is then left to other processes. True when left out. */
  readonly mayWrite?: boolean;
  /** Folder of the models that come along; the setting `modelsFolder` goes before it. */
  readonly bundledModels: string;
}

export type Log = (message: string, level?: LogLevel) => void;

/** What must be opened, and may fail, before an engine can be put together. */
export interface EngineParts {
  /** All work of the engine is begun through it. */
  readonly scope: Scope;
  readonly log: Log;
  readonly store: LibraryStore;
  readonly models: ModelManager;
  readonly writerLock: WriterLock;
  readonly revisions: Revisions;
}

/** How often, and after which pause, a library that turns out to be damaged is opened again. */
const openAttempts = 20;
const openPauseMs = 500;

/** Opens a library, again and again while it turns out to be damaged. */
export async function retryWhileDamaged<T>(open: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open();
    } catch (error) {
      if (!isCorrupt(error) || attempt === openAttempts) {
        throw error;
      }
      // Opened again it is set aside, by this process or by the one that holds the writer lock.
      await delay(attempt === 1 ? 0 : openPauseMs);
    }
  }
}

/**
 * @param onDamaged damage was met after the library was opened
 * @throws FamiliarError `store-*`, `model-manifest`, `model-file`.
 */
export async function openParts(
  options: EngineOptions,
  onDamaged: (error: FamiliarError) => void,
): Promise<EngineParts> {
  const { storageFolder, settings, bundledModels, onLog, onProvider } = options;
  const log: Log = (message, level = 'info') => onLog?.(level, message);
  const scope = new Scope();
  const models = await ModelManager.open({
    folder: settings.modelsFolder ?? bundledModels,
    settings,
    cacheFolder: join(storageFolder, 'providers'),
    log,
    onReport: (report) => onProvider?.(report),
  });
  // A folder that cannot be made is found to be read-only, or reported, when the store is opened.
  await mkdir(storageFolder, { recursive: true }).catch(() => undefined);
  const writerLock = new WriterLock(storageFolder, options.mayWrite);
  writerLock.tryAcquire();
  let store: LibraryStore | undefined;
  try {
    store = LibraryStore.open(
      storageFolder,
      (error) => log(`The library was damaged and is built anew (${error.message})`, 'warning'),
      { mayRebuild: writerLock.isHeld, onDamaged },
    );
    if (store.readOnly) {
      writerLock.release();
    }
    const folder = join(storageFolder, indexFolderName);
    const readOnly = () => !writerLock.isHeld;
    const revisions = await Revisions.open({ store, models, folder, readOnly, log });
    return { scope, log, store, models, writerLock, revisions };
  } catch (error) {
    store?.close();
    writerLock.release();
    throw error;
  }
}
