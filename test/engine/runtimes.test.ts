import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineClient } from '../../src/host/client/engineClient.ts';
import { diagnose } from '../../src/host/library/diagnose.ts';
import type { Runtime } from '../../src/host/runtime/runtime.ts';
import { RuntimeChooser } from '../../src/host/runtime/runtimeChooser.ts';
import { RuntimeMemory } from '../../src/host/runtime/runtimeMemory.ts';
import { clientOptions } from './support/engineProcess.ts';

let home: string;
let log: string[];
let clients: EngineClient[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'runtimes-'));
  log = [];
  clients = [];
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.dispose()));
  await rm(home, { recursive: true, force: true });
});

/** VS Code's own runtime, as a script that begins with these lines and then runs Node.js. */
async function ownRuntime(...lines: string[]): Promise<Runtime> {
  const executable = join(home, 'code');
  const script = ['#!/bin/sh', `echo . >> '${home}/starts'`, ...lines];
  await writeFile(executable, [...script, `exec '${process.execPath}' "$@"`, ''].join('\n'));
  await chmod(executable, 0o755);
  return { origin: 'vscode', executable, node: '22.20.0', electron: '37.2.0' };
}

function openClient(own: Runtime, { next = process.execPath } = {}): EngineClient {
  const say = (message: string) => log.push(message);
  const client = new EngineClient({
    ...clientOptions({ folder: home, storage: join(home, 'library') }),
    log: { debug: say, info: say, warn: say, error: say },
    runtimes: new RuntimeChooser({
      own,
      memory: new RuntimeMemory(join(home, 'failedRuntimes.json'), '1.0.0'),
      // The second candidate: PATH of the machine is not known to a test.
      env: next === '' ? {} : { PATH: join(next, '..') },
    }),
  });
  clients.push(client);
  return client;
}

const failing: Readonly<Record<string, { lines: string[]; reason: RegExp }>> = {
  'crashes in a native library': { lines: ['kill -SEGV $$'], reason: /SIGSEGV/ },
  'ends by itself': { lines: ['exit 3'], reason: /exit code 3/ },
  'lacks node:sqlite': {
    lines: [`exec '${process.execPath}' --no-experimental-sqlite "$@"`],
    reason: /database: .*node:sqlite/,
  },
  'has two copies of GLib at work': {
    lines: [
      `echo "(process:7): GLib-GObject-CRITICAL **: 10:00:00.000: g_object_ref: assertion 'G_IS_OBJECT (object)' failed" >&2`,
    ],
    reason: /G_IS_OBJECT/,
  },
};

describe.skipIf(process.platform === 'win32')('a runtime of VS Code that', () => {
  for (const [name, { lines, reason }] of Object.entries(failing)) {
    it(`${name} is followed by Node.js on PATH, and not tried again`, async () => {
      const own = await ownRuntime(...lines);
      const client = openClient(own);
      await client.start();
      expect(client.runtimes).toEqual({
        taken: expect.objectContaining({ origin: 'path', executable: process.execPath }),
        rejected: [{ ...own, reason: expect.stringMatching(reason) }],
      });
      expect((await client.request('doctor', null)).checks[0]?.part).toBe('runtime');
      expect(log.join('\n')).toMatch(reason);
      const later = openClient(own);
      await later.start();
      expect(later.runtimes.rejected).toMatchObject([{ executable: own.executable }]);
      expect((await starts()).length).toBe(1);
    });
  }

  it('was only killed by somebody is tried again', async () => {
    const own = await ownRuntime(
      `[ -e '${home}/once' ] || { touch '${home}/once'; kill -KILL $$; }`,
    );
    const client = openClient(own);
    await client.start();
    expect(client.runtimes).toEqual({ taken: own, rejected: [] });
  });

  it('works is taken', async () => {
    const own = await ownRuntime();
    const client = openClient(own);
    await client.start();
    expect(client.runtimes).toEqual({ taken: own, rejected: [] });
    expect(log.join('\n')).not.toContain('Self-test');
  });

  it('fails with nothing after it is said in one sentence, once, and tried again on request', async () => {
    const own = await ownRuntime(`[ -e '${home}/mended' ] || exit 3`);
    const client = openClient(own, { next: '' });
    await expect(client.start()).rejects.toMatchObject({
      code: 'engine-runtime',
      remedy: expect.stringContaining('Install Node.js'),
    });
    await expect(client.request('stats', null)).rejects.toMatchObject({ code: 'engine-runtime' });
    expect(client.state).toBe('lost');
    expect((await starts()).length).toBe(1);
    expect(await diagnose(client)).toMatchObject({
      ok: false,
      checks: [{ part: 'engine', failure: { code: 'engine-runtime' } }],
    });
    expect(client.runtimes.rejected).toEqual([{ ...own, reason: 'exit code 3' }]);
    await writeFile(join(home, 'mended'), '');
    await client.restart();
    expect(client.runtimes).toEqual({ taken: own, rejected: [] });
  });
});

async function starts(): Promise<string[]> {
  return (await readFile(join(home, 'starts'), 'utf8')).trim().split('\n');
}
