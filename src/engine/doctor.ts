import { access, constants, statfs } from 'node:fs/promises';
import { FamiliarError, toFamiliarError } from '../base/failure.ts';
import type { DoctorReport, Folder } from '../protocol/engineProtocol.ts';
import type { Leadership } from './leadership.ts';
import type { ModelRoom } from './modelRoom.ts';
import type { SearchIndexes } from './searchIndexes.ts';
import type { LibraryStore } from './store/libraryStore.ts';

type Check = DoctorReport['checks'][number];

export interface Patient {
  readonly store: LibraryStore;
  readonly models: ModelRoom;
  readonly leadership: Leadership;
  readonly search: SearchIndexes;
  readonly folders: readonly Folder[];
  readonly storageFolder: string;
}

/** Below this much free disk space indexing is likely to stop: 256 MiB. */
const leastFreeBytes = 256 * 1024 ** 2;

/** Tries every part that a library depends on, and says what is wrong and how to mend it. */
export async function examine(patient: Patient): Promise<DoctorReport> {
  const { store, models, search, storageFolder, folders } = patient;
  const checks = await Promise.all([
    check('Runtime', async () => `Node ${process.version}, ${process.platform} ${process.arch}`),
    check('Library', async () => examineLibrary(patient)),
    check('Database', async () => {
      store.database.requireSound();
      return `sound, ${Math.round(store.sizeBytes() / 1024)} KiB`;
    }),
    check('Disk space', () => examineDisk(storageFolder)),
    check('Search index', async () => {
      if (search.unavailable !== undefined) {
        throw search.unavailable;
      }
      const { count, overlay } = search.faces.stats;
      return `Annoy, ${count} faces, ${overlay} of them not yet in the forest`;
    }),
    check('Models', async () => {
      const { report, manifest } = await models.get();
      const refused = report.refused.map(({ provider, reason }) => `${provider}: ${reason}`);
      const speed = report.probeImagesPerSecond?.toFixed(1) ?? 'unmeasured';
      return [
        `${manifest.name} ${manifest.revision} on ${report.active} (${speed} images/s)`,
        ...refused,
      ].join('; ');
    }),
    ...folders.map(({ name, path }) =>
      check(`Folder ${name}`, async () => {
        await access(path, constants.R_OK);
        return path;
      }),
    ),
  ]);
  return { ok: checks.every(({ ok }) => ok), checks };
}

function examineLibrary({ store, leadership, storageFolder }: Patient): string {
  if (store.readOnly) {
    return `${storageFolder}, read-only: searches work, nothing new is indexed`;
  }
  return leadership.isLeader
    ? storageFolder
    : `${storageFolder}, indexed by another process at the moment`;
}

async function examineDisk(storageFolder: string): Promise<string> {
  const { bavail, bsize } = await statfs(storageFolder);
  const freeBytes = bavail * bsize;
  if (freeBytes < leastFreeBytes) {
    throw new FamiliarError(
      'store-full',
      `Only ${Math.round(freeBytes / 1024 ** 2)} MiB are free.`,
      {
        remedy: 'Free some disk space.',
      },
    );
  }
  return `${Math.round(freeBytes / 1024 ** 2)} MiB free`;
}

async function check(name: string, examineOne: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await examineOne(), remedy: null };
  } catch (error) {
    const { message, remedy } = toFamiliarError(error);
    return { name, ok: false, detail: message, remedy };
  }
}
