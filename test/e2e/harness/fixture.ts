import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, inject, onTestFailed } from 'vitest';
import { root } from '../../../scripts/build.ts';
import {
  quietSettings,
  startVsCodeServer,
  type VsCodeServer,
} from '../../../scripts/vscodeServer.ts';
import { generateSample, type SampleImage } from '../../../src/sample/generateSample.ts';
import { launchBrowser } from '../../webview/harness/browser.ts';
import { Workbench } from './workbench.ts';

export interface FixtureOptions {
  readonly images?: number;
  readonly characters?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
}

interface Running {
  readonly home: string;
  readonly folder: string;
  readonly truth: readonly SampleImage[];
  readonly server: VsCodeServer;
  readonly browser: Browser;
  readonly workbench: Workbench;
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
    return this.#expectRunning().workbench;
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
    const portraits = this.truth.filter(
      ({ file, faces }) => faces.length === 1 && file.startsWith('characters/'),
    );
    const found = portraits[index];
    if (found === undefined) {
      throw new Error(`Expected at least ${index + 1} portraits but received ${portraits.length}.`);
    }
    return found;
  }

  /** Keeps a picture of the window where a test fails. */
  watch(name: string): void {
    onTestFailed(async () => {
      await this.#running?.workbench.picture(`failed-${name}`);
    });
  }

  /** Changes user settings of the running window. */
  async configure(settings: Readonly<Record<string, unknown>>): Promise<void> {
    const path = join(this.#expectRunning().home, 'data', 'User', 'settings.json');
    const all = { ...quietSettings, ...this.#options.settings, ...settings };
    await writeFile(path, JSON.stringify(all, null, 2));
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
    const { images = 40, characters = 5, settings } = this.#options;
    const home = await mkdtemp(join(tmpdir(), 'familiar-faces-e2e-'));
    const folder = join(home, 'art');
    const truth = await generateSample({ folder, images, characters, seed: 3 });
    const server = await startVsCodeServer({
      home,
      extension: inject('extension'),
      ...(settings === undefined ? {} : { settings }),
    });
    const browser = await launchBrowser();
    const workbench = await Workbench.open(browser, server.folderUrl(folder));
    this.#running = { home, folder, truth, server, browser, workbench };
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

/** Process ids of running engines of the extension in this server's home. */
export async function engineProcesses(): Promise<number[]> {
  const entries = await readdir('/proc');
  const found = await Promise.all(
    entries
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        try {
          const command = await readFile(`/proc/${name}/cmdline`, 'utf8');
          return /familiar-faces\.familiar-faces[^\0]*engine\.js/.test(command)
            ? [Number(name)]
            : [];
        } catch {
          // It ended while we looked.
          return [];
        }
      }),
  );
  return found.flat();
}
