import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from './build.ts';

/** Whole installations, shared by every run; git ignores the folder. */
const cache = join(root, '.cache', 'vscode');

interface Edition {
  readonly version: string;
  /** Below `cache`. */
  readonly folder: string;
  /** Version of the Node.js that runs it; null for the one that runs this. */
  readonly node: string | null;
  /** A later version of this package, whose compiled part needs no install script; null for its own. */
  readonly argon2: string | null;
  /** Options of this version alone. */
  readonly options: readonly string[];
}

const editions = {
  newest: {
    version: '4.139.1',
    folder: 'cs',
    node: null,
    argon2: null,
    options: ['--reconnection-grace-time', '5'],
  },
  /** VS Code 1.103, the oldest that `package.json` allows, on the Node.js of its Electron. */
  oldest: {
    version: '4.103.2',
    folder: 'cs-oldest',
    node: '22.17.0',
    argon2: '0.44.0',
    options: [],
  },
} as const satisfies Readonly<Record<string, Edition>>;

/** Set to `oldest`, the tests run in the oldest VS Code that is supported. */
export const editionVariable = 'FAMILIAR_FACES_VSCODE';

const edition: Edition = editions[process.env[editionVariable] === 'oldest' ? 'oldest' : 'newest'];
const modules = join(cache, edition.folder, 'node_modules');
const codeServerFolder = join(modules, 'code-server');
const installedStamp = join(codeServerFolder, `installed-${edition.version}`);
const nodeExecutable =
  edition.node === null ? process.execPath : join(modules, 'node', 'bin', 'node');

export interface VsCodeServerOptions {
  /** Folder of user data and settings; made when missing. */
  readonly home: string;
  /** Folder with installed extensions, of `installExtension`; several servers may share it. */
  readonly extensions: string;
  /** Any free port when left out. */
  readonly port?: number;
  /** User settings on top of `quietSettings`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of the machine, which are no business of the person's other machines. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  /** Switches on the driver that runs tests inside the extension host. */
  readonly smokeTestDriver?: boolean;
  /** Whether folders are trusted without a question; they are unless this is false. */
  readonly trusted?: boolean;
}

export interface VsCodeServer {
  readonly url: string;
  /** Address that opens a window without a folder. */
  readonly emptyUrl: string;
  readonly port: number;
  readonly pid: number;
  /** Address that opens a folder. */
  readonly folderUrl: (folder: string) => string;
  /** Address that opens a `.code-workspace` file. */
  readonly workspaceUrl: (file: string) => string;
  readonly stop: () => Promise<void>;
  /** What the server has written so far. */
  readonly output: () => string;
}

/** A workbench that shows nothing but what is asked for, and asks the network for nothing. */
export const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'update.mode': 'none',
  'git.openRepositoryInParentFolders': 'never',
} as const;

/**
 * Installs a real VS Code that runs headless, as npm packages: nothing else is downloaded.
 * Takes some twenty seconds the first time and nothing afterwards.
 */
export async function installVsCodeServer(): Promise<void> {
  if (existsSync(installedStamp)) {
    return;
  }
  if (process.platform === 'win32') {
    throw new Error(
      'Expected Linux or macOS but received Windows, which code-server does not run on. Install VS Code instead.',
    );
  }
  process.stderr.write('Installing VS Code for the browser …\n');
  const prefix = join(cache, edition.folder);
  await mkdir(prefix, { recursive: true });
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const node = edition.node === null ? [] : [`node@${edition.node}`];
  const packages = [`code-server@${edition.version}`, ...node];
  npm([...install, '--prefix', prefix, '--no-save', ...packages], prefix);
  if (edition.node !== null) {
    // Its install script fetches the binary, which is another npm package.
    npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'], prefix);
  }
  if (edition.argon2 !== null) {
    const own = join(prefix, 'argon2');
    await mkdir(own, { recursive: true });
    npm([...install, '--prefix', own, '--no-save', `argon2@${edition.argon2}`], own);
    await rm(join(modules, 'argon2'), { recursive: true });
    await symlink(join(own, 'node_modules', 'argon2'), join(modules, 'argon2'));
  }
  const vscode = join(codeServerFolder, 'lib', 'vscode');
  npm([...install, '--omit=dev'], vscode);
  npm([...install, '--omit=dev'], join(vscode, 'extensions'));
  const flavour = process.platform === 'darwin' ? 'darwin' : 'linux';
  await link(`code-${flavour}.sh`, join(vscode, 'bin', 'remote-cli', 'code-server'));
  await link(`browser-${flavour}.sh`, join(vscode, 'bin', 'helpers', 'browser.sh'));
  await writeFile(installedStamp, '');
}

/** Starts a server; resolves when it answers. */
export async function startVsCodeServer(options: VsCodeServerOptions): Promise<VsCodeServer> {
  await installVsCodeServer();
  const { home, extensions } = options;
  const port = options.port ?? (await findFreePort());
  await mkdir(join(home, 'data', 'User'), { recursive: true });
  await mkdir(join(home, 'data', 'Machine'), { recursive: true });
  const settings = JSON.stringify({ ...quietSettings, ...options.settings }, null, 2);
  await writeFile(join(home, 'data', 'User', 'settings.json'), settings);
  await writeFile(
    join(home, 'data', 'Machine', 'settings.json'),
    JSON.stringify(options.machineSettings ?? {}, null, 2),
  );
  const child = spawn(
    nodeExecutable,
    [
      ...(await placeArguments(home, extensions)),
      ...['--bind-addr', `127.0.0.1:${port}`, '--auth', 'none'],
      '--disable-telemetry',
      '--disable-update-check',
      ...(options.trusted === false ? [] : ['--disable-workspace-trust']),
      ...edition.options,
      ...(options.smokeTestDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
    ],
    { detached: true, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  return await watchServer(child, port);
}

async function watchServer(child: ChildProcess, port: number): Promise<VsCodeServer> {
  const { pid } = child;
  if (pid === undefined) {
    throw new Error(`Expected "${child.spawnfile}" to run but it could not be started.`);
  }
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      written = (written + text).slice(-100_000);
    });
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(`${url}/healthz`))) {
    if (child.exitCode !== null) {
      throw new Error(`Expected the VS Code server to start but it ended:\n${written}`);
    }
    await delay(100);
  }
  return {
    url,
    emptyUrl: `${url}/?ew=true`,
    port,
    pid,
    folderUrl: (folder) => `${url}/?folder=${encodeURIComponent(folder)}`,
    workspaceUrl: (file) => `${url}/?workspace=${encodeURIComponent(file)}`,
    output: () => written,
    stop: async () => {
      if (child.exitCode === null) {
        // The whole group: the server starts the extension hosts as processes of their own.
        process.kill(-pid, 'SIGTERM');
        await Promise.race([ended, delay(5_000)]);
        endGroup(pid);
      }
      await ended;
    },
  };
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    // ESRCH: everyone has gone, as hoped.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}

/** The command line of a server that keeps everything in these folders. */
async function placeArguments(home: string, extensions: string): Promise<string[]> {
  // Without a file of its own it writes one into the person's home folder.
  const config = join(home, 'config.yaml');
  await mkdir(home, { recursive: true });
  await writeFile(config, '');
  return [
    join(codeServerFolder, 'out', 'node', 'entry.js'),
    ...['--config', config],
    ...['--user-data-dir', join(home, 'data')],
    ...['--extensions-dir', extensions],
  ];
}

/**
 * Installs a VSIX.
 * @param home folder of `extensions/` and what the installation leaves; made when missing
 * @returns the folder of installed extensions
 */
export async function installExtension(home: string, extension: string): Promise<string> {
  await installVsCodeServer();
  const extensions = join(home, 'extensions');
  const result = spawnSync(
    nodeExecutable,
    [...(await placeArguments(home, extensions)), '--install-extension', extension, '--force'],
    { env: environment(), encoding: 'utf8' },
  );
  if (result.status !== 0) {
    throw new Error(
      `Expected ${extension} to install but received:\n${(result.stdout + result.stderr).slice(-2_000)}`,
    );
  }
  return extensions;
}

/** No gallery, so that nothing is looked up there, and no trace of a VS Code we run inside of. */
function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('VSCODE_'));
  return { ...Object.fromEntries(inherited), EXTENSIONS_GALLERY: '{"serviceUrl":""}' };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // Not listening yet.
    return false;
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') {
    throw new Error('Expected a free port but received none.');
  }
  return address.port;
}

async function link(target: string, path: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(target, path);
}

function npm(args: readonly string[], cwd: string): void {
  const result = spawnSync('npm', args, { cwd, stdio: ['ignore', process.stderr, process.stderr] });
  if (result.status !== 0) {
    throw new Error(
      `Expected "npm ${args.join(' ')}" to succeed but it ended with ${result.status}.`,
    );
  }
}
