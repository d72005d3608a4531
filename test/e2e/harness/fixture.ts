import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, inject, onTestFailed } from 'vitest';
import { generateSample, type SampleImage } from '../../../tools/sample/generateSample.ts';
import { root } from '../../../tools/scripts/build.ts';
import { startVsCodeServer, type VsCodeServer } from '../../../tools/scripts/vscodeServer.ts';
import { launchBrowser } from '../../webview/harness/browser.ts';
import { Workbench } from './workbench.ts';

export interface FixtureOptions {
  readonly images?: number;
  readonly characters?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of the machine that the server runs on. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  /** Changes the folder before VS Code opens it. */
  readonly prepare?: (folder: string, truth: readonly SampleImage[]) => Promise<void>;
  /** Address to open; the folder's when left out. */
  readonly address?: (server: VsCodeServer, folder: string) => string;
  /** See `VsCodeServerOptions`. */
  readonly trusted?: boolean;
  readonly smokeTestDriver?: boolean;
  /** Opens no window: the test does. */
  readonly closed?: boolean;
}

interface Running {
  readonly home: string;
  readonly folder: string;
  readonly truth: readonly SampleImage[];
  readonly server: VsCodeServer;
  readonly browser: Browser;
  readonly workbench: Workbench | undefined;
}

/** A folder with the sample library, open in VS Code, for the tests of one file. */
export class Fixture {
  readonly #options: FixtureOptions;
  #running: Running | undefined;

  constructor(options: FixtureOptions) {
    this.#options = options;
    beforeAll(() => this.#start());
    afterAll(() => this.#stop());
  }

  get workbench(): Workbench {
    const { workbench } = this.#expectRunning();
    if (workbench === undefined) {
      throw new Error('Expected a window but none has been opened.');
    }
    return workbench;
  }

  get browser(): Browser {
    return this.#expectRunning().browser;
  }

  get server(): VsCodeServer {
    return this.#expectRunning().server;
  }

  get folder(): string {
    return this.#expectRunning().folder;
  }

  get truth(): readonly SampleImage[] {
    return this.#expectRunning().truth;
  }

  /** Names of the characters in the picture with this file name. */
  charactersOf(name: string): string[] {
    const image = this.truth.find(({ file }) => file.endsWith(`/${name}`));
    return image?.faces.map((face) => face.character) ?? [];
  }

  /** The picture of one character alone, `index`th of those that have several such pictures. */
  portrait(index: number): SampleImage {
    return portrait(this.truth, index);
  }

  /** Keeps a picture of the window where a test fails. */
  watch(name: string): void {
    onTestFailed(async () => {
      await this.#running?.workbench?.picture(`failed-${name}`);
    });
  }

  /** Sets the settings of the folder, in place of all that were set before. */
  async configure(settings: Readonly<Record<string, unknown>>): Promise<void> {
    const folder = join(this.folder, '.vscode');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'settings.json'), JSON.stringify(settings, null, 2));
  }

  /** Where the extension keeps the library of this folder. */
  async storage(): Promise<string> {
    const workspaces = join(this.#expectRunning().home, 'data', 'User', 'workspaceStorage');
    const [id] = await readdir(workspaces);
    return join(workspaces, id ?? '', 'familiar-faces.familiar-faces');
  }

  /** Asks the same library through the command line; it may read while the extension writes. */
  async ask(...args: string[]): Promise<unknown> {
    const cli = join(root, 'dist', 'cli.js');
    const place = ['--folder', this.folder, '--storage', await this.storage(), '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args, ...place]);
    return JSON.parse(stdout);
  }

  async #start(): Promise<void> {
    const { images = 40, characters = 5, settings, machineSettings } = this.#options;
    const { trusted, smokeTestDriver } = this.#options;
    const home = await mkdtemp(join(tmpdir(), 'familiar-faces-e2e-'));
    const folder = join(home, 'art');
    const truth = await generateSample({ folder, images, characters, seed: 3 });
    await this.#options.prepare?.(folder, truth);
    const server = await startVsCodeServer({
      home,
      extensions: inject('extensions'),
      ...(settings === undefined ? {} : { settings }),
      ...(machineSettings === undefined ? {} : { machineSettings }),
      ...(trusted === undefined ? {} : { trusted }),
      ...(smokeTestDriver === undefined ? {} : { smokeTestDriver }),
    });
    const browser = await launchBrowser();
    this.#running = { home, folder, truth, server, browser, workbench: undefined };
    if (this.#options.closed !== true) {
      const address = this.#options.address?.(server, folder) ?? server.folderUrl(folder);
      this.#running = { ...this.#running, workbench: await Workbench.open(browser, address) };
    }
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    if (running !== undefined) {
      await running.browser.close();
      await running.server.stop();
      await rm(running.home, { recursive: true, force: true });
    }
  }

  #expectRunning(): Running {
    if (this.#running === undefined) {
      throw new Error('Expected VS Code to run but it has not been started.');
    }
    return this.#running;
  }
}

/** The picture of one character alone, `index`th of all of them. */
export function portrait(truth: readonly SampleImage[], index: number): SampleImage {
  const portraits = truth.filter(
    ({ file, faces }) => faces.length === 1 && file.startsWith('characters/'),
  );
  const found = portraits[index];
  if (found === undefined) {
    throw new Error(`Expected at least ${index + 1} portraits but received ${portraits.length}.`);
  }
  return found;
}
