import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../../src/common/settings.ts';
import { EngineClient } from '../../../src/host/client/engineClient.ts';

/** Answers every request: `stats` never, `failures` with fifty files, all other ones with null. */
const peer = `
const file = (fileId) => ({
  fileId, path: '/art/' + fileId, relativePath: String(fileId), attempts: 1, quarantined: false,
  code: 'image-damaged', message: 'Expected an image.', remedy: 'Save it again.',
});
const failures = Array.from({ length: 50 }, (_, n) => file(n));
process.on('message', ({ id, method }) => {
  if (id !== undefined && method !== 'stats') {
    process.send({ jsonrpc: '2.0', id, result: method === 'failures' ? failures : null });
  }
  if (method === 'shutdown') {
    process.disconnect();
  }
});
`;

const nothing = () => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapMegabytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1e6;
}

let folder: string;
let client: EngineClient;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-memory-'));
  const entry = join(folder, 'entry.mjs');
  await writeFile(entry, peer);
  client = new EngineClient({
    entry,
    initializeParams: () => ({
      protocolVersion: 1,
      storageFolder: folder,
      folders: [],
      settings: defaultSettings,
      watch: false,
      autoStart: false,
      previousExit: 'ended',
    }),
    log: silent,
  });
});
afterEach(async () => {
  await client.dispose();
  await rm(folder, { recursive: true });
});

describe('EngineClient', () => {
  it('keeps no answer of 10,000 requests', async () => {
    const { signal } = new AbortController();
    const askAHundred = () =>
      Promise.all(Array.from({ length: 100 }, () => client.request('failures', null, signal)));
    await askAHundred();
    const before = heapMegabytes();
    for (let asked = 0; asked < 10_000; asked += 100) {
      await askAHundred();
    }
    expect(heapMegabytes() - before).toBeLessThan(5);
  });

  it('settles a request under way with engine-lost when the engine ends', async () => {
    await client.start();
    const asked = client.request('query/removeFace', { queryId: 'a', faceId: 1 });
    const unanswered = client.request('stats', null, AbortSignal.timeout(60_000));
    await expect(asked).rejects.toMatchObject({ code: 'internal' });
    await client.dispose();
    await expect(unanswered).rejects.toMatchObject({ code: 'engine-lost' });
  });

  it('settles a cancelled request that the engine never answers', async () => {
    const abort = new AbortController();
    await client.start();
    const unanswered = client.request('stats', null, abort.signal);
    abort.abort();
    await expect(unanswered).rejects.toMatchObject({ name: 'AbortError' });
  });
});
