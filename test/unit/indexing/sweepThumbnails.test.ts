import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sweepThumbnails } from '../../../src/engine/indexing/sweepThumbnails.ts';
import { LibraryStore } from '../../../src/engine/library/libraryStore.ts';
import { ThumbnailCache } from '../../../src/engine/library/thumbnailCache.ts';

const dayMs = 24 * 60 * 60 * 1000;
const nowMs = Date.UTC(2030, 0, 1);
const hashOf = (digit: string) => digit.repeat(32);

it('deletes after 30 days, once a day, the thumbnails of contents that the library does not know', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sweep-'));
  const store = LibraryStore.open(folder, (error) => {
    throw error;
  });
  const thumbnails = new ThumbnailCache(join(folder, 'thumbnails'));
  const save = async (digit: string, ageDays: number) => {
    const path = await thumbnails.save(hashOf(digit), { bytes: new Uint8Array(9), ending: 'jpg' });
    const atSeconds = (nowMs - ageDays * dayMs) / 1000;
    await utimes(path, atSeconds, atSeconds);
    return path;
  };
  const kept = () =>
    ['1', '2', '3', '4'].filter((digit) => thumbnails.find(hashOf(digit)) !== undefined);
  try {
    store.images.save({
      contentHash: hashOf('1'),
      modelRevision: 'r',
      width: 4,
      height: 4,
      look: new Float32Array([1]),
      faces: [],
    });
    await save('1', 400);
    await save('2', 31);
    const left = await save('3', 29);
    await writeFile(`${left}.tmp`, '');
    await utimes(`${left}.tmp`, 1_000, 1_000);
    await sweepThumbnails(store, thumbnails, nowMs);
    expect(kept()).toEqual(['1', '3']);
    expect(await readdir(join(folder, 'thumbnails', '33'))).toEqual([`${hashOf('3')}.jpg`]);
    await save('4', 90);
    await sweepThumbnails(store, thumbnails, nowMs + dayMs / 2);
    expect(kept()).toEqual(['1', '3', '4']);
    await sweepThumbnails(store, thumbnails, nowMs + dayMs);
    expect(kept()).toEqual(['1', '3']);
  } finally {
    store.close();
    await rm(folder, { recursive: true });
  }
});
