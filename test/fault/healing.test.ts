import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { databaseName } from '../../src/common/libraryFiles.ts';
import { EngineClient } from '../../src/host/client/engineClient.ts';
import { clientOptions } from '../engine/support/engineProcess.ts';
import { writeTestModels } from '../unit/models/testModels.ts';
import { storedImages } from './support/library.ts';
import { writePictures } from './support/pictures.ts';
import { until } from './support/until.ts';

const count = 12;

let base: string;
let logs: string[];
const clients: EngineClient[] = [];
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'healing-'));
  logs = [];
  await writePictures(join(base, 'art'), { count, seed: 9, redShare: 0.1 });
  await writeTestModels(join(base, 'models'));
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
  await rm(base, { recursive: true });
});

/** The engine of one window, as the extension host has it. */
function openWindow(): EngineClient {
  const usual = clientOptions({
    folder: join(base, 'art'),
    storage: join(base, 'library'),
    autoStart: true,
  });
  const keep = (message: string) => logs.push(message);
  const client = new EngineClient({
    ...usual,
    log: { debug: keep, info: keep, warn: keep, error: keep },
    initializeParams: () => {
      const params = usual.initializeParams();
      return { ...params, settings: { ...params.settings, modelsFolder: join(base, 'models') } };
    },
  });
  clients.push(client);
  return client;
}

/** Overwrites all but the first page: a start succeeds, reading does not. */
async function damage(): Promise<void> {
  const path = join(base, 'library', databaseName);
  const { size } = await stat(path);
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(Math.max(0, size - 4096), 0x5a), 0, undefined, 4096);
  await file.close();
}

async function isWhole(client: EngineClient): Promise<boolean> {
  try {
    await client.request('index/start', { force: false }).catch(() => undefined);
    const { phase } = await client.request('progress', null);
    return phase === 'idle' && (await client.request('stats', null)).files === count;
  } catch {
    // It is being started again.
    return false;
  }
}

it.each([1, 2])(
  '%i windows get over a library that is damaged below them, by themselves',
  async (n) => {
    const windows = Array.from({ length: n }, openWindow);
    for (const window of windows) {
      await until(() => isWhole(window));
    }
    // What is in the write-ahead log would hide the damage.
    await Promise.all(windows.map((window) => window.restart()));
    await damage();
    await Promise.all(windows.map((window) => window.restart()));
    for (const window of windows) {
      await until(() => isWhole(window));
    }
    expect(logs.filter((message) => message.includes('is built anew'))).toHaveLength(1);
    const contents = storedImages(join(base, 'library')).map((row) => row.split(' ')[1]);
    expect(new Set(contents).size).toBe(count);
    expect(contents).toHaveLength(count);
  },
);
