import { access, constants, statfs } from 'node:fs/promises';
import { type Failure, FamiliarError, toFailure } from '../../common/failure.ts';
import type { Folder } from '../../common/settings.ts';
import type { LibraryStore } from '../library/libraryStore.ts';
import type { WriterLock } from '../library/writerLock.ts';
import type { ModelManager } from '../models/modelManager.ts';
import type { RevisionIndex } from '../search/revisionIndex.ts';
import type { Check, DoctorReport } from './doctorReport.ts';

export interface DiagnosticsSource {
  readonly store: LibraryStore;
  readonly models: ModelManager;
  readonly writerLock: WriterLock;
  readonly search: RevisionIndex;
  readonly folders: readonly Folder[];
  readonly storageFolder: string;
}

/** What was found out about a part, as far as that went, and what is wrong with it. */
interface Finding<F> {
  readonly facts: F | null;
  readonly failure: Failure | null;
}

/** Below this much free disk space indexing is likely to stop: 256 MiB. */
const leastFreeBytes = 256 * 1024 ** 2;

/** Tries every part that a library depends on, and says what is wrong and how to mend it. */
export async function collectDiagnostics(source: DiagnosticsSource): Promise<DoctorReport> {
  const checks: Check[] = await Promise.all([
    examineRuntime(),
    examineLibrary(source),
    examineDatabase(source),
    examineDisk(source),
    examineIndex(source),
    examineModels(source),
    ...source.folders.map(examineFolder),
  ]);
  return { ok: checks.every(({ failure }) => failure === null), checks };
}

async function examineRuntime(): Promise<Check> {
  const { version, platform, arch } = process;
  return {
    part: 'runtime',
    facts: { node: version, platform, architecture: arch },
    failure: null,
  };
}

async function examineLibrary({
  store,
  writerLock,
  storageFolder,
}: DiagnosticsSource): Promise<Check> {
  const writer = writerLock.isHeld ? 'leader' : 'follower';
  const role = store.readOnly ? 'readOnly' : writer;
  return { part: 'library', facts: { storageFolder, role }, failure: null };
}

async function examineDatabase({ store }: DiagnosticsSource): Promise<Check> {
  const finding = await examinePart(
    () => ({ bytes: store.sizeBytes() }),
    () => store.database.requireSound(),
  );
  return { part: 'database', ...finding };
}

async function examineDisk({ storageFolder }: DiagnosticsSource): Promise<Check> {
  const finding = await examinePart(
    async () => {
      const { bavail, bsize } = await statfs(storageFolder);
      return { freeBytes: bavail * bsize };
    },
    ({ freeBytes }) => {
      if (freeBytes < leastFreeBytes) {
        const found = `${Math.round(freeBytes / 1024 ** 2)} MiB are free`;
        throw new FamiliarError('store-full', `Only ${found}.`, {
          remedy: 'Free some disk space.',
        });
      }
    },
  );
  return { part: 'disk', ...finding };
}

async function examineIndex({ search }: DiagnosticsSource): Promise<Check> {
  const finding = await examinePart(
    () => ({ faces: search.faces.stats.count, added: search.faces.stats.overlay }),
    () => {
      if (search.unavailable !== undefined) {
        throw search.unavailable;
      }
    },
  );
  return { part: 'index', ...finding };
}

async function examineModels({ models }: DiagnosticsSource): Promise<Check> {
  const finding = await examinePart(async () => {
    const { report, manifest } = await models.get();
    return {
      name: manifest.name,
      revision: manifest.revision,
      provider: report.active ?? 'cpu',
      imagesPerSecond: report.probeImagesPerSecond,
      refused: report.refused,
    };
  });
  return { part: 'models', ...finding };
}

async function examineFolder({ name, path }: Folder): Promise<Check> {
  const finding = await examinePart(
    () => ({ name, path }),
    () => requireReadable(path),
  );
  return { part: 'folder', ...finding };
}

async function requireReadable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw new FamiliarError('file-unreadable', `Expected to read the folder ${path}: ${error}`, {
      remedy: 'Check that it is there, that you may read it and that its drive is connected.',
      cause: error,
    });
  }
}

/** Finds the facts, then judges them; a failure of either belongs to the part. */
async function examinePart<F>(
  find: () => F | Promise<F>,
  judge: (facts: F) => void | Promise<void> = () => undefined,
): Promise<Finding<F>> {
  let facts: F | null = null;
  try {
    facts = await find();
    await judge(facts);
    return { facts, failure: null };
  } catch (error) {
    return { facts, failure: toFailure(error) };
  }
}
