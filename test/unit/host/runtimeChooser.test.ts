import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Runtime } from '../../../src/host/runtime/runtime.ts';
import { RuntimeChooser } from '../../../src/host/runtime/runtimeChooser.ts';
import { RuntimeMemory } from '../../../src/host/runtime/runtimeMemory.ts';

const own: Runtime = {
  origin: 'vscode',
  executable: '/usr/share/code/code',
  node: '22.20.0',
  electron: '37.2.0',
};

let home: string;
let memoryFile: string;
beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'runtimes-')));
  memoryFile = join(home, 'storage', 'failedRuntimes.json');
});
afterEach(() => rm(home, { recursive: true }));

/** A program called `node` that says what it is told to say of itself, and notes that it was run. */
async function fakeNode(folder: string, version: string, target?: string): Promise<string> {
  const path = join(home, folder, 'node');
  const answer = JSON.stringify({
    executable: path,
    node: version,
    electron: null,
    target: target ?? `${process.platform}-${process.arch}`,
  });
  await mkdir(join(home, folder), { recursive: true });
  await writeFile(path, `#!/bin/sh\nenv > '${path}.ran'\necho '${answer}'\n`);
  await chmod(path, 0o755);
  return path;
}

const ran = (path: string) => readFile(`${path}.ran`, 'utf8').catch(() => null);
const pathOf = (...folders: string[]) =>
  ['/usr/bin', '/bin', ...folders].filter((folder) => folder !== '').join(delimiter);

/** A chooser whose own runtime has failed, so that it has to look further. */
async function stranded(options: ConstructorParameters<typeof RuntimeChooser>[0]) {
  const chooser = new RuntimeChooser({ own, ...options });
  await chooser.reject(own, 'avif: crashed', false);
  return chooser;
}

describe.skipIf(process.platform === 'win32')('RuntimeChooser', () => {
  it('takes VS Code itself, and runs nothing to find that out', async () => {
    const node = await fakeNode('bin', '24.0.0');
    const chooser = new RuntimeChooser({ own, env: { PATH: pathOf(join(home, 'bin')) } });
    expect(await chooser.choose()).toEqual(own);
    expect(await ran(node)).toBeNull();
  });

  it('takes the Node.js that the person has chosen', async () => {
    const node = await fakeNode('mine', '22.17.0');
    const chooser = new RuntimeChooser({ own, chosen: () => node, env: {} });
    expect(await chooser.choose()).toMatchObject({ origin: 'setting', executable: node });
  });

  it('takes the first new enough Node.js on PATH where VS Code has failed', async () => {
    const old = await fakeNode('old', '22.9.0');
    const alien = await fakeNode('alien', '24.0.0', 'plan9-mips');
    const good = await fakeNode('good', '22.17.1');
    const folders = ['old', 'alien', 'good'].map((folder) => join(home, folder));
    const env = { PATH: folders.join(delimiter), LD_PRELOAD: '/evil.so', NODE_OPTIONS: '-r /evil' };
    const chooser = await stranded({ env });
    expect(await chooser.choose()).toMatchObject({ origin: 'path', executable: good });
    const reasons = chooser.report.rejected.map(({ executable, reason }) => [executable, reason]);
    expect(reasons).toEqual([
      [own.executable, 'avif: crashed'],
      [old, expect.stringContaining('received 22.9.0')],
      [alien, expect.stringContaining('plan9-mips')],
    ]);
    // What the host's package put into the environment does not reach the program.
    expect(await ran(good)).not.toMatch(/evil/);
  });

  it('runs no program of the workspace, nor one that a relative folder of PATH leads to', async () => {
    const inside = await fakeNode('art/bin', '24.0.0');
    const outside = await fakeNode('outside', '24.0.0');
    await mkdir(join(home, 'links'));
    await symlink(inside, join(home, 'links', 'node'));
    await symlink(join(home, 'art'), join(home, 'alias'));
    const folders = [join(home, 'art', 'bin'), join(home, 'links'), 'art/bin', '.', ''];
    const chooser = await stranded({
      untrusted: () => [join(home, 'alias')],
      chosen: () => inside,
      env: { PATH: [...folders, join(home, 'outside')].join(delimiter) },
    });
    expect(await chooser.choose()).toMatchObject({ executable: outside });
    expect(await ran(inside)).toBeNull();
    expect(chooser.report.rejected).toContainEqual(
      expect.objectContaining({ origin: 'setting', reason: expect.stringContaining('outside') }),
    );
  });

  it('runs no program of the workspace that one outside of it stands for', async () => {
    const inside = await fakeNode('art/bin', '24.0.0');
    const manager = await fakeNode('shims', '24.0.0');
    await writeFile(manager, `#!/bin/sh\nexec '${inside}' "$@"\n`);
    const chooser = await stranded({
      untrusted: () => [join(home, 'art')],
      env: { PATH: pathOf(join(home, 'shims')).replace('/usr/bin:/bin:', '') },
    });
    expect(await chooser.choose()).toBeNull();
    expect(chooser.report.rejected.at(-1)?.reason).toContain('outside of the workspace');
  });

  it('says why a choice is none', async () => {
    const broken = join(home, 'broken');
    await writeFile(broken, '#!/bin/sh\necho hello\n', { mode: 0o755 });
    for (const [chosen, reason] of [
      ['node', 'absolute'],
      [join(home, 'missing'), 'ENOENT'],
      [home, 'to be a program'],
      [broken, 'JSON'],
    ] as const) {
      const chooser = new RuntimeChooser({ own, chosen: () => chosen, env: {} });
      expect(await chooser.choose()).toEqual(own);
      expect(chooser.report.rejected).toMatchObject([
        { origin: 'setting', executable: chosen, reason: expect.stringContaining(reason) },
      ]);
    }
  });

  it('remembers a failure for other windows, until it is told to forget', async () => {
    const memory = () => new RuntimeMemory(memoryFile, '1.0.0');
    await new RuntimeChooser({ own, memory: memory() }).reject(own, 'exit code 139', true);
    const other = new RuntimeChooser({ own, memory: memory() });
    expect(await other.choose()).toBeNull();
    expect(other.report.rejected).toEqual([{ ...own, reason: 'exit code 139' }]);
    await other.forget();
    expect(await new RuntimeChooser({ own, memory: memory() }).choose()).toEqual(own);
  });

  it('tries again what another version of VS Code, of the extension, or of Node.js may mend', async () => {
    await new RuntimeMemory(memoryFile, '1.0.0').remember(own, 'SIGSEGV');
    const known = (runtime: Runtime, version = '1.0.0') =>
      new RuntimeMemory(memoryFile, version).reasonAgainst(runtime);
    expect(await known(own)).toBe('SIGSEGV');
    expect(await known(own, '1.0.1')).toBeNull();
    expect(await known({ ...own, electron: '38.0.0' })).toBeNull();
    expect(await known({ ...own, node: '22.21.0' })).toBeNull();
    expect(await known({ ...own, executable: '/usr/bin/codium' })).toBeNull();
  });

  it('starts from nothing where the memory is damaged', async () => {
    await mkdir(join(home, 'storage'));
    await writeFile(memoryFile, '[{"key": 1}]');
    const memory = new RuntimeMemory(memoryFile, '1.0.0');
    expect(await memory.reasonAgainst(own)).toBeNull();
    await memory.remember(own, 'SIGBUS');
    expect(await memory.reasonAgainst(own)).toBe('SIGBUS');
  });
});
