import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LibraryStore } from '../../src/engine/library/libraryStore.ts';
import { EngineClient } from '../../src/host/client/engineClient.ts';
import type { EngineMethod, Progress } from '../../src/protocol/engineProtocol.ts';
import { generateSample, type SampleImage } from '../../tools/sample/generateSample.ts';
import { onePixelBitPng } from '../unit/imaging/hostileImages.ts';
import { clientOptions } from './support/engineProcess.ts';
import { TestLibraries, until } from './support/library.ts';

let libraries: TestLibraries;
let truth: SampleImage[];

beforeAll(async () => {
  libraries = await TestLibraries.create();
  truth = await generateSample({
    folder: libraries.folder('art'),
    characters: 3,
    images: 12,
    seed: 4,
  });
});
afterAll(() => libraries.delete());

const place = (name: string) => ({
  folder: libraries.folder(name),
  storage: libraries.storage(name),
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function withClient(
  client: EngineClient,
  work: (client: EngineClient) => Promise<void>,
): Promise<void> {
  try {
    await work(client);
  } finally {
    await client.dispose();
  }
}

async function indexAll(client: EngineClient): Promise<void> {
  await client.request('index/start', { force: false });
  await until(async () => (await client.request('progress', null)).phase === 'idle');
}

describe('engine process', () => {
  it('starts with the first request, indexes, tells of it, answers, and ends when asked', async () => {
    const client = new EngineClient(clientOptions(place('art')));
    const told: Progress[] = [];
    client.onDidProgress((progress) => told.push(progress));
    expect([client.state, client.pid]).toEqual(['stopped', undefined]);
    let pid = 0;
    await withClient(client, async () => {
      await indexAll(client);
      pid = client.pid as number;
      expect((await client.request('stats', null)).files).toBe(truth.length);
      expect(told.some(({ phase }) => phase === 'indexing')).toBe(true);
      const path = libraries.folder('art', truth[2]?.file as string);
      const query = await client.request('query/open', { source: { kind: 'path', path } });
      const queries = [{ queryId: query.queryId, faceIds: query.faces.map(({ id }) => id) }];
      const params = { queries, weight: 0.7, offset: 0, limit: 5 };
      const { results } = await client.request('query/similar', params);
      expect(results).toHaveLength(5);
    });
    await until(() => !isAlive(pid));
  });

  it('refuses what breaks the protocol and goes on', async () => {
    const client = new EngineClient(clientOptions(place('art')));
    await withClient(client, async () => {
      const wrong: [string, unknown][] = [
        ['index/start', null],
        ['index/start', { force: 'yes' }],
        ['query/open', { source: { kind: 'path', path: 7 } }],
        ['query/open', { source: { kind: 'url', url: 'http://localhost' } }],
        ['query/similar', { queries: [], weight: 0.5, offset: 0, limit: 5 }],
        [
          'query/similar',
          { queries: [{ queryId: 'x', faceIds: [] }], weight: 2, offset: 0, limit: 5 },
        ],
        ['setFolders', { folders: [{ path: '/' }] }],
        ['stats', { extra: true }],
        ['export', { format: 'exe', path: '/tmp/x' }],
      ];
      for (const [method, params] of wrong) {
        const asked = client.request(method as EngineMethod, params as never);
        await expect(asked).rejects.toMatchObject({ code: 'argument' });
      }
      const unknown = client.request('query/similar', {
        queries: [{ queryId: 'never opened', faceIds: [] }],
        weight: 0.5,
        offset: 0,
        limit: 5,
      });
      await expect(unknown).rejects.toMatchObject({ code: 'query-unknown' });
      const stopped = new AbortController();
      const path = libraries.folder('art', truth[3]?.file as string);
      const open = client.request('query/open', { source: { kind: 'path', path } }, stopped.signal);
      stopped.abort();
      await expect(open).rejects.toMatchObject({ name: 'AbortError' });
      expect((await client.request('progress', null)).phase).toBe('idle');
    });
  });

  it('comes back when it is killed: a query is lost, any other question is answered', async () => {
    await cp(libraries.folder('art'), libraries.folder('killed'), { recursive: true });
    const client = new EngineClient(clientOptions(place('killed')));
    await withClient(client, async () => {
      await client.start();
      const first = client.pid as number;
      const path = libraries.folder('killed', truth[0]?.file ?? '');
      const query = client.request('query/open', { source: { kind: 'path', path } });
      const lost = expect(query).rejects.toMatchObject({ code: 'engine-lost' });
      const question = client.request('doctor', null);
      process.kill(first, 'SIGKILL');
      await lost;
      expect((await question).ok).toBe(true);
      await indexAll(client);
      expect(client.pid).not.toBe(first);
      expect((await client.request('stats', null)).files).toBe(truth.length);
    });
  });

  it('leaves out the one file that it crashed on twice, and finishes all others', async () => {
    await cp(libraries.folder('art'), libraries.folder('crash'), { recursive: true });
    // Large enough to be in work for a while, within the limit of pixels.
    await mkdir(libraries.folder('crash', 'slow'));
    const slow = libraries.folder('crash', 'slow', 'slow.png');
    await writeFile(slow, onePixelBitPng(16_000, 16_000));
    const client = new EngineClient(clientOptions({ ...place('crash'), autoStart: true }));
    await withClient(client, async () => {
      await client.start();
      let crashes = 0;
      await until(async () => {
        if (inWork('crash').includes(slow) && client.state === 'ready') {
          const pid = client.pid as number;
          process.kill(pid, 'SIGSEGV');
          crashes++;
          await until(() => client.pid !== pid && client.state === 'ready');
        }
        const { phase } = await client
          .request('progress', null)
          .catch(() => ({ phase: 'starting' }));
        return phase === 'idle' && crashes > 0;
      });
      expect(crashes).toBe(2);
      const failures = await client.request('failures', null);
      expect(failures).toMatchObject([{ path: slow, code: 'image-crashed', quarantined: true }]);
      expect((await client.request('stats', null)).files).toBe(truth.length);
    });
  });

  it('does not outlive its parent', async () => {
    await cp(libraries.folder('art'), libraries.folder('orphan'), { recursive: true });
    const script = fileURLToPath(new URL('support/orphanEngine.ts', import.meta.url));
    const { folder, storage } = place('orphan');
    const parent = spawn(process.execPath, [script, folder, storage], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface(parent.stdout), 'line');
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isAlive(pid));
  });
});

/** Files that the engine says are in work at this moment. */
function inWork(name: string): string[] {
  const store = LibraryStore.open(libraries.storage(name), (error) => {
    throw error;
  });
  const rows = store.database.all('SELECT path FROM in_work WHERE active = 1');
  store.close();
  return rows.map((row) => String(row['path']));
}
