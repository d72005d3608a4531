import { messageOf } from '../../common/failure.ts';
import { loadAnnoy } from '../../native/annoy.ts';
import { type PictureFormat, selfTestPictures } from './selfTestPictures.ts';

/** A part that does not work in this runtime. */
export interface SelfTestFailure {
  readonly part: Part;
  /** What it said, in English. */
  readonly message: string;
  /** Whether there is no engine without it. */
  readonly required: boolean;
}

type Part = PictureFormat | 'database' | 'index';

/**
 * Tries everything that depends on the runtime: some milliseconds, once the libraries are loaded. A
 * library may as well end the process, which its parent then takes for a failure.
 * @returns what does not work; none is good
 */
export async function selfTest(): Promise<SelfTestFailure[]> {
  const formats = Object.keys(selfTestPictures) as PictureFormat[];
  const results = await Promise.all([
    attempt('database', tryDatabase),
    attempt('index', tryIndex),
    ...formats.map((format) => attempt(format, () => tryDecoder(format))),
  ]);
  return results.filter((failure) => failure !== null);
}

async function attempt(
  part: Part,
  work: () => Promise<void> | void,
): Promise<SelfTestFailure | null> {
  try {
    await work();
    return null;
  } catch (error) {
    // Without the index, searches are exact.
    return { part, message: messageOf(error), required: part !== 'index' };
  }
}

/** Imports what it tests: a binding that does not load is a result, not the end of the test. */
async function tryDecoder(format: PictureFormat): Promise<void> {
  const { openBytes } = await import('../imaging/sharp.ts');
  const picture = openBytes(Buffer.from(selfTestPictures[format], 'base64'));
  const { info } = await picture.raw().toBuffer({ resolveWithObject: true });
  if (info.width !== 8 || info.height !== 8) {
    throw new Error(`Expected 8 × 8 pixels but received ${info.width} × ${info.height}.`);
  }
}

/** Some builds of Electron lack `node:sqlite` (electron/electron#47671). */
async function tryDatabase(): Promise<void> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(':memory:');
  try {
    const statement = database.prepare('SELECT 1, 2');
    // Node before 22.16 has no such method; the engine reads vectors with it.
    statement.setReturnArrays(true);
    const row: unknown = statement.get();
    if (JSON.stringify(row) !== '[1,2]' || database.isTransaction) {
      throw new Error(`Expected [1,2] from SQLite but received ${JSON.stringify(row)}.`);
    }
  } finally {
    database.close();
  }
}

/** A package may lack the binding; one that is there has to load. */
function tryIndex(): void {
  const loaded = loadAnnoy();
  if ('unavailable' in loaded && loaded.unavailable.cause !== undefined) {
    throw loaded.unavailable;
  }
}
