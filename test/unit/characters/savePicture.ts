import { createHash } from 'node:crypto';
import { LibraryWriter } from '../../../src/engine/indexing/libraryWriter.ts';
import type { LibraryStore } from '../../../src/engine/library/libraryStore.ts';

/** Saves a picture with one face, as indexing does. @returns the face's stable id. */
export function savePicture(
  store: LibraryStore,
  name: string,
  content: string,
  { modelRevision = 'r1', shift = 0 } = {},
): number {
  const contentHash = createHash('sha256').update(content).digest('hex').slice(0, 32);
  const writer = new LibraryWriter({ store, modelRevision, onChange: () => undefined });
  const image = {
    contentHash,
    modelRevision,
    width: 100,
    height: 100,
    look: new Float32Array([1]),
    faces: [
      {
        box: { x: 10 + shift, y: 10, width: 40, height: 40 },
        score: 0.9,
        source: 'detected' as const,
        identity: new Float32Array([1]),
      },
    ],
  };
  const stamp = { sizeBytes: 1, mtimeMs: 1, ctimeMs: 1 };
  const items = [{ folder: 'f', relativePath: name, path: `/f/${name}`, ...stamp }];
  writer.saveImages([{ image, items }]);
  const saved = store.images.findByContent(contentHash, modelRevision);
  const [face] = store.images.faces(saved?.id as number);
  return face?.stableId as number;
}
