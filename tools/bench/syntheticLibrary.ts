import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Dimensions } from '../../src/common/vector.ts';
import { LibraryStore } from '../../src/engine/library/libraryStore.ts';
import type { SeenFace } from './mixedVectors.ts';
import { ClusteredVectors } from './syntheticVectors.ts';

export interface SyntheticFile {
  readonly path: string;
  readonly relativePath: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly contentHash: string;
}

export interface SyntheticOptions {
  readonly storageFolder: string;
  readonly modelRevision: string;
  readonly dimensions: Dimensions;
  /** Id of the workspace folder that the files belong to. */
  readonly folder: string;
  readonly files: Iterable<SyntheticFile>;
  readonly facesPerImage: number;
  readonly faces: number;
  /** Vectors of the next face and its picture; clusters drawn by chance where it is left out. */
  readonly draw?: () => SeenFace;
  /** As an earlier release lays a library out; as this one does where it is left out. */
  readonly openStore?: (folder: string) => LibraryStore;
}

/** Images in one transaction. */
const pageSize = 500;
/** Faces of one character, and images of one look, in a library of art. */
const facesPerCharacter = 25;
const imagesPerLook = 200;

/** Where synthetic vectors come from: characters, each with some looks. */
export function drawVectors(faces: number, { identity, look }: Dimensions, seed: number) {
  return {
    identities: new ClusteredVectors({
      dimension: identity,
      clusters: Math.max(4, Math.ceil(faces / facesPerCharacter)),
      likeness: 0.6,
      seed,
    }),
    looks: new ClusteredVectors({
      dimension: look,
      clusters: Math.max(4, Math.ceil(faces / imagesPerLook)),
      likeness: 0.5,
      seed: seed + 1,
    }),
  };
}

function openStore(folder: string): LibraryStore {
  return LibraryStore.open(folder, (error) => {
    throw error;
  });
}

/** Fills a library with vectors that no network computed, through the store's own functions. */
export async function writeSyntheticLibrary(options: SyntheticOptions): Promise<void> {
  const { storageFolder, modelRevision, dimensions, folder, facesPerImage } = options;
  const { identities, looks } = drawVectors(options.faces, dimensions, 1);
  const draw =
    options.draw ??
    (() => ({
      identity: identities.member(identities.anyCluster()),
      look: looks.member(looks.anyCluster()),
    }));
  const store = (options.openStore ?? openStore)(storageFolder);
  const box = { x: 8, y: 8, width: 32, height: 32 };
  const save = (page: readonly SyntheticFile[]) =>
    store.database.transaction(() => {
      for (const file of page) {
        const seen = Array.from({ length: Math.max(1, facesPerImage) }, draw);
        const faces = seen.slice(0, facesPerImage).map(({ identity }, n) => ({
          box: { ...box, x: box.x + 40 * n },
          score: 0.9,
          source: 'detected' as const,
          identity,
        }));
        store.images.save({
          contentHash: file.contentHash,
          modelRevision,
          width: 64,
          height: 64,
          look: (seen[0] as SeenFace).look,
          faces,
        });
        store.files.save({ ...file, folder });
      }
    });
  let page: SyntheticFile[] = [];
  for (const file of options.files) {
    if (page.push(file) === pageSize) {
      save(page);
      page = [];
      await setImmediate();
    }
  }
  save(page);
  store.close();
}

/** Files that exist only in the library. */
export function* imaginaryFiles(folder: string, count: number): Generator<SyntheticFile> {
  for (let n = 0; n < count; n++) {
    const relativePath = `${Math.floor(n / 500)}/${n}.png`;
    const contentHash = createHash('sha256').update(relativePath).digest('hex').slice(0, 32);
    yield {
      path: `${folder}/${relativePath}`,
      relativePath,
      sizeBytes: 1,
      mtimeMs: 1,
      ctimeMs: 1,
      contentHash,
    };
  }
}
