import { mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ThumbnailCache } from '../../../src/engine/library/thumbnailCache.ts';

const jpeg = (bytes: Uint8Array) => ({ bytes, ending: 'jpg' }) as const;
const contentHash = 'e4809b38aacc792c936b4d99cae0d6ce';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thumbnails-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('ThumbnailCache', () => {
  it('is written by many at the same time, and holds one whole picture', async () => {
    const cache = new ThumbnailCache(folder);
    const pictures = Array.from({ length: 30 }, (_, n) => new Uint8Array(40_000).fill(n));
    await Promise.all(pictures.map((picture) => cache.save(contentHash, jpeg(picture))));
    const kept = new Set(await readFile(cache.find(contentHash) as string));
    expect(kept.size).toBe(1);
    expect(await readdir(join(folder, 'e4'))).toEqual([`${contentHash}.jpg`]);
  });

  it('deletes pictures of contents that are forgotten, and minds none that is missing', async () => {
    const cache = new ThumbnailCache(folder);
    const kept = 'f'.repeat(32);
    await cache.save(contentHash, { bytes: new Uint8Array(10), ending: 'webp' });
    const path = await cache.save(kept, jpeg(new Uint8Array(10)));
    await cache.delete([contentHash, '0'.repeat(32)]);
    expect([cache.find(contentHash), cache.find(kept)]).toEqual([undefined, path]);
  });

  it('knows its size without looking at its pictures again', async () => {
    const cache = new ThumbnailCache(folder);
    await cache.save(contentHash, jpeg(new Uint8Array(10)));
    expect(await cache.sizeBytes()).toBe(10);
    // Taken away behind its back: only one that reads the folder again could know.
    await rm(cache.find(contentHash) as string);
    expect(await cache.sizeBytes()).toBe(10);
    const other = 'f'.repeat(32);
    await cache.save(other, jpeg(new Uint8Array(7)));
    await cache.save(other, jpeg(new Uint8Array(5)));
    expect(await cache.sizeBytes()).toBe(15);
    await cache.delete([other]);
    expect(await cache.sizeBytes()).toBe(10);
  });

  it('finds many at once, and notices what somebody deleted since', async () => {
    const cache = new ThumbnailCache(folder);
    const other = 'f'.repeat(32);
    const path = await cache.save(contentHash, jpeg(new Uint8Array(10)));
    const webp = await cache.save(other, { bytes: new Uint8Array(10), ending: 'webp' });
    const asked = [contentHash, other, '0'.repeat(32)];
    const both = new Map([
      [contentHash, path],
      [other, webp],
    ]);
    expect(await cache.findAll(asked)).toEqual(both);
    await rm(path);
    expect(await cache.findAll(asked)).toEqual(both);
    expect(await cache.findDeleted(asked)).toEqual([contentHash]);
    expect([...(await cache.findAll(asked)).keys()]).toEqual([other]);
    await cache.save(contentHash, jpeg(new Uint8Array(10)));
    expect(await cache.findAll(asked)).toEqual(both);
  });

  it('finds what another process wrote after the folder was listed', async () => {
    const [cache, other] = [new ThumbnailCache(folder), new ThumbnailCache(folder)];
    const hash = 'ab'.repeat(16);
    expect((await cache.findAll([hash])).size).toBe(0);
    const path = await other.save(hash, { bytes: new Uint8Array([1]), ending: 'jpg' });
    expect([...(await cache.findAll([hash])).values()]).toEqual([path]);
  });

  it('keeps the pictures written last', async () => {
    const cache = new ThumbnailCache(folder);
    for (const digit of ['1', '2', '3']) {
      const path = await cache.save(digit.repeat(32), jpeg(new Uint8Array(10)));
      await utimes(path, 1_000 + Number(digit), 1_000 + Number(digit));
    }
    expect(await cache.sizeBytes()).toBe(30);
    await cache.keepNewest(1);
    expect(['1', '2', '3'].map((digit) => cache.find(digit.repeat(32)) !== undefined)).toEqual([
      false,
      false,
      true,
    ]);
  });
});
