import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forkEngine } from '../../../src/host/client/engineProcess.ts';

const nothing = () => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

let folder: string;
let entry: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-process-'));
  entry = join(folder, 'entry.mjs');
  await writeFile(entry, 'process.send(process.env.UV_THREADPOOL_SIZE); process.disconnect();');
});
afterEach(() => rm(folder, { recursive: true }));

async function threadsOf(env?: NodeJS.ProcessEnv): Promise<number> {
  const child = forkEngine({
    entry,
    log: silent,
    onExit: nothing,
    ...(env === undefined ? {} : { env }),
  });
  const [threads] = await once(child, 'message');
  return Number(threads);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('forkEngine', () => {
  it('gives every core a decoder, and reads a thread besides', async () => {
    expect(await threadsOf({})).toBeGreaterThanOrEqual(Math.max(4, availableParallelism() + 1));
  });

  it('leaves the number to whoever has set it', async () => {
    expect(await threadsOf({ UV_THREADPOOL_SIZE: '7' })).toBe(7);
  });

  it('opens the inspector where FAMILIAR_FACES_INSPECT names a port, and only then', async () => {
    await writeFile(
      entry,
      `import { url } from 'node:inspector';
       process.send({ url: url() ?? null });
       process.disconnect();`,
    );
    const inspectorOf = async (env: NodeJS.ProcessEnv) => {
      const child = forkEngine({ entry, log: silent, onExit: nothing, env });
      const [{ url }] = await once(child, 'message');
      return url;
    };
    const port = await freePort();
    expect(await inspectorOf({ FAMILIAR_FACES_INSPECT: String(port) })).toContain(
      `127.0.0.1:${port}`,
    );
    expect(await inspectorOf({ FAMILIAR_FACES_INSPECT: 'yes' })).toBeNull();
    expect(await inspectorOf({})).toBeNull();
  });
});
