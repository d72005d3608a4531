import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/common/settings.ts';
import { EngineClient, type EngineState } from '../../src/host/client/engineClient.ts';
import { diagnose } from '../../src/host/library/diagnose.ts';

const engine = fileURLToPath(new URL('../../src/engine/main.ts', import.meta.url));
const models = fileURLToPath(new URL('../../models', import.meta.url));
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  return;
}

let home: string;
let client: EngineClient;
let states: EngineState[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'engine-client-'));
  // The engine, unless a file says that it dies at its start, after its self-test.
  const entry = join(home, 'engine.mjs');
  await writeFile(
    entry,
    `import { existsSync } from 'node:fs';
    if (existsSync(${JSON.stringify(join(home, 'poison'))})) {
      const message = { jsonrpc: '2.0', method: 'selfTest', params: { failures: [] } };
      process.send(message, () => process.exit(3));
      await new Promise(() => undefined);
    }
    await import(${JSON.stringify(pathToFileURL(engine).href)});`,
  );
  client = new EngineClient({
    entry,
    log: silent,
    maxCrashes: 2,
    initializeParams: () => ({
      protocolVersion: 1,
      storageFolder: join(home, 'library'),
      folders: [],
      settings: { ...defaultSettings, modelsFolder: models },
      watch: false,
      autoStart: false,
    }),
  });
  states = [];
  client.onDidChangeState((state) => states.push(state));
});
afterEach(async () => {
  await client.dispose();
  await rm(home, { recursive: true, force: true });
});

describe('the engine as the host sees it', () => {
  it('is started anew on request, which counts as no crash', async () => {
    await client.start();
    const first = client.pid;
    for (let round = 0; round < 4; round++) {
      await client.restart();
    }
    expect(client.pid).not.toBe(first);
    expect(client.state).toBe('ready');
    expect(states).not.toContain('lost');
  });

  it('is given up after too many crashes, and comes back when it is restarted', async () => {
    await writeFile(join(home, 'poison'), '');
    await expect(client.start()).rejects.toMatchObject({ code: 'engine-lost' });
    expect(client.state).toBe('lost');
    expect(client.failure?.remedy).toContain('Restart Engine');
    await expect(client.request('stats', null)).rejects.toMatchObject({ code: 'engine-lost' });
    await rm(join(home, 'poison'));
    await client.restart();
    expect(client.state).toBe('ready');
    expect(client.failure).toBeNull();
    expect((await client.request('stats', null)).images).toBe(0);
  });

  it('that does not start is a diagnosis of its own', async () => {
    await writeFile(join(home, 'poison'), '');
    expect(await diagnose(client)).toEqual({
      ok: false,
      checks: [
        { part: 'engine', facts: null, failure: expect.objectContaining({ code: 'engine-lost' }) },
      ],
    });
    await rm(join(home, 'poison'));
    await client.restart();
    expect((await diagnose(client)).checks.map(({ part }) => part)).toContain('models');
  });

  it('is asked again when it crashes over a question', async () => {
    await client.start();
    const first = client.pid;
    const answers = Promise.all([
      client.request('stats', null),
      client.request('index/start', { force: true }),
    ]);
    // In the next turn: the questions are on their way, the answers cannot be.
    await new Promise((resolve) => setImmediate(resolve));
    process.kill(first ?? 0, 'SIGKILL');
    expect((await answers)[0].images).toBe(0);
    expect(client.pid).not.toBe(first);
    expect(states).not.toContain('lost');
  });

  it('is not started again after the end', async () => {
    await client.start();
    await client.dispose();
    expect(client.pid).toBeUndefined();
    await expect(client.request('stats', null)).rejects.toMatchObject({ code: 'engine-lost' });
    expect(client.pid).toBeUndefined();
  });
});
