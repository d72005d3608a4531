import * as vscode from 'vscode';
import { isEngineGone, toFamiliarError } from '../../common/failure.ts';
import type { InitializeParams, Progress, Stats } from '../../protocol/engineProtocol.ts';
import type { waitingSchema } from '../../protocol/viewProtocol.ts';
import { EngineClient, type EngineState } from '../client/engineClient.ts';
import { Disposer } from '../disposer.ts';
import { imagePattern } from '../imageFiles.ts';
import { runtimeChooser } from '../runtime/workspaceRuntimes.ts';
import { onDidChangeSettings, readEngineSettings, readHostSettings } from '../settings.ts';
import { findReasonNotToStart, workspaceFolders } from '../workspace.ts';
import { IndexConsent } from './indexConsent.ts';

type Waiting = ReturnType<(typeof waitingSchema)['parse']>;

export interface LibraryOptions {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
}

const restingProgress: Progress = {
  phase: 'idle',
  done: 0,
  total: 0,
  faces: 0,
  failures: 0,
  imagesPerSecond: null,
  remainingSeconds: null,
  interrupted: false,
  failure: null,
};
/** Images of a large workspace are counted no further than this. */
const countedImages = 1_000_000;
/** Statistics are asked for at most this often while the library changes. */
const statsPauseMs = 1_000;

/**
 * The workspace's library: which folders it has, whether it may be indexed, what the engine
 * is doing. Everything the views show of indexing comes from here.
 */
export class Library extends Disposer {
  readonly engine: EngineClient;
  readonly storage: vscode.Uri;
  readonly #consent: IndexConsent;
  readonly #log: vscode.LogOutputChannel;
  readonly #onDidChange = this.own(new vscode.EventEmitter<void>());
  readonly #onDidChangeImages = this.own(new vscode.EventEmitter<void>());
  #progress = restingProgress;
  #waiting: Waiting | null = null;
  #stats: Stats | null = null;
  /** The models that the running engine has; others need another engine. */
  #modelsFolder: string | null = null;
  /** The program that the person had chosen to run it. */
  #runtime = readHostSettings().runtime;
  #statsTimer: NodeJS.Timeout | undefined;
  /** Waits for the first image of a workspace that has none. */
  #firstImage: vscode.FileSystemWatcher | undefined;

  /** Progress, statistics, the engine's state or what is waited for changed. */
  readonly onDidChange = this.#onDidChange.event;
  /** Images or faces came, went or changed: open results may be stale. */
  readonly onDidChangeImages = this.#onDidChangeImages.event;

  constructor({ context, log }: LibraryOptions) {
    super();
    this.#consent = new IndexConsent(context.workspaceState);
    this.#log = log;
    this.storage =
      context.storageUri ?? vscode.Uri.joinPath(context.globalStorageUri, 'no-workspace');
    this.engine = new EngineClient({
      entry: vscode.Uri.joinPath(context.extensionUri, 'dist', 'engine.js').fsPath,
      initializeParams: () => this.#initializeParams(),
      reasonNotToStart: findReasonNotToStart,
      log,
      runtimes: runtimeChooser(context),
    });
    this.own(this.engine.onDidChangeState((state) => this.#onEngineState(state)));
    this.own(this.engine.onDidProgress((progress) => this.#onProgress(progress)));
    this.own(
      this.engine.onDidChangeLibrary(() => {
        this.#onDidChangeImages.fire();
        this.#scheduleStats();
      }),
    );
    this.own(this.engine.onDidReportProvider(() => this.#scheduleStats()));
    this.own(onDidChangeSettings(() => this.#run(() => this.#applySettings())));
    this.own(
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#run(() => this.#applyFolders())),
    );
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#run(() => this.wake())));
    this.own({ dispose: () => clearTimeout(this.#statsTimer) });
    this.own({ dispose: () => this.#firstImage?.dispose() });
  }

  /** `none` where no folder is open, so that there is nothing to search. */
  get state(): EngineState | 'none' {
    return workspaceFolders().length === 0 ? 'none' : this.engine.state;
  }

  get progress(): Progress {
    return this.#progress;
  }

  get stats(): Stats | null {
    return this.#stats;
  }

  /** Why indexing has not begun by itself; null when it has, or may. */
  get waiting(): Waiting | null {
    return this.#waiting;
  }

  /** The person turns to the extension: in a workspace where nobody has yet, it begins now. */
  use(): void {
    if (!this.#consent.used) {
      this.#run(async () => {
        await this.#consent.use();
        await this.wake();
      });
    }
  }

  /**
   * Begins where that is due: starts the engine when the workspace has images and waits for
   * the first one otherwise. A workspace where the extension was never used costs nothing.
   */
  async wake(): Promise<void> {
    if (workspaceFolders().length === 0 || !this.#consent.used) {
      return;
    }
    if (!vscode.workspace.isTrusted) {
      this.#wait({ reason: 'untrusted' });
      return;
    }
    this.#wait(null);
    if (!readHostSettings().indexAutomatically) {
      return;
    }
    const [first] = await vscode.workspace.findFiles(imagePattern, undefined, 1);
    if (first === undefined) {
      this.#wakeAtFirstImage();
      return;
    }
    const hasRun = this.engine.state === 'ready';
    await this.engine.start();
    if (!this.#consent.given) {
      await this.#askOrIndex();
    } else if (hasRun) {
      await this.engine.request('index/start', { force: false });
    }
  }

  /** Indexes on the person's word: answers every question that was waited for. */
  async index(options: { force: boolean }): Promise<void> {
    await this.engine.request('index/start', options);
    await this.#consent.order();
    this.#wait(null);
    await this.resume();
  }

  async pause(): Promise<void> {
    await this.#consent.setPaused(true);
    await this.engine.request('index/pause', null);
  }

  async resume(): Promise<void> {
    await this.#consent.setPaused(false);
    await this.engine.request('index/resume', null);
  }

  /** Ends the run; a later change is indexed again, so a pause ends with it. */
  async cancel(): Promise<void> {
    await this.engine.request('index/cancel', null);
    await this.resume();
  }

  #initializeParams(): InitializeParams {
    const settings = readEngineSettings();
    this.#modelsFolder = settings.modelsFolder;
    return {
      protocolVersion: 1,
      storageFolder: this.storage.fsPath,
      folders: workspaceFolders(),
      settings,
      watch: true,
      autoStart: this.#consent.given && !this.#consent.paused,
    };
  }

  async #askOrIndex(): Promise<void> {
    const limit = readHostSettings().askAbove;
    const atMost = Math.max(limit + 1, countedImages);
    const { count, seconds } = await this.engine.request('files/count', { limit: atMost });
    if (count <= limit) {
      await this.#consent.agree();
      await this.engine.request('index/start', { force: false });
      return;
    }
    const isExact = count < atMost;
    this.#wait({ reason: 'large', count, isExact, seconds });
    if (await this.#consent.ask({ count, seconds })) {
      await this.index({ force: false });
    }
  }

  #wakeAtFirstImage(): void {
    if (this.#firstImage !== undefined) {
      return;
    }
    const watcher = vscode.workspace.createFileSystemWatcher(imagePattern, false, true, true);
    this.#firstImage = watcher;
    watcher.onDidCreate(() => {
      watcher.dispose();
      this.#firstImage = undefined;
      this.#run(() => this.wake());
    });
  }

  #wait(waiting: Waiting | null): void {
    this.#waiting = waiting;
    this.#onDidChange.fire();
  }

  async #applySettings(): Promise<void> {
    const { state } = this.engine;
    const settings = readEngineSettings();
    const { runtime } = readHostSettings();
    if (state === 'stopped') {
      await this.wake();
    } else if (settings.modelsFolder !== this.#modelsFolder || runtime !== this.#runtime) {
      this.#runtime = runtime;
      // Also where the engine was given up: another runtime or other models may be what it lacked.
      await this.engine.restart();
    } else if (state !== 'lost') {
      await this.engine.request('setSettings', { settings });
      if (!this.#consent.given) {
        await this.wake();
      }
    }
  }

  async #applyFolders(): Promise<void> {
    this.#onDidChange.fire();
    if (this.engine.state === 'stopped') {
      await this.wake();
    } else if (this.engine.state !== 'lost') {
      await this.engine.request('setFolders', { folders: workspaceFolders() });
      this.#onDidChangeImages.fire();
    }
  }

  #onEngineState(state: EngineState): void {
    if (state !== 'ready') {
      this.#progress = { ...restingProgress, phase: state === 'starting' ? 'starting' : 'idle' };
    }
    this.#onDidChange.fire();
    if (state === 'ready') {
      this.#run(() => this.#afterStart());
    }
  }

  /** A new engine knows nothing of a pause, and results of the old one are stale. */
  async #afterStart(): Promise<void> {
    if (this.#consent.paused) {
      await this.engine.request('index/pause', null);
      if (this.#consent.given) {
        // It looks for what there is to do, and then waits.
        await this.engine.request('index/start', { force: false });
      }
    }
    this.#onProgress(await this.engine.request('progress', null));
    this.#onDidChangeImages.fire();
    this.#scheduleStats();
  }

  #onProgress(progress: Progress): void {
    const before = this.#progress.phase;
    this.#progress = progress;
    this.#onDidChange.fire();
    if (this.#progress.phase !== before) {
      this.#onDidChangeImages.fire();
      this.#run(() => this.#readStats());
    }
  }

  #scheduleStats(): void {
    this.#statsTimer ??= setTimeout(() => {
      this.#statsTimer = undefined;
      this.#run(() => this.#readStats());
    }, statsPauseMs);
  }

  async #readStats(): Promise<void> {
    if (this.engine.state === 'ready') {
      this.#stats = await this.engine.request('stats', null);
      this.#onDidChange.fire();
    }
  }

  /** For work that nobody waits for: an engine that is being restarted is no news. */
  #run(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      const failure = toFamiliarError(error);
      if (!isEngineGone(failure)) {
        this.#log.error(failure);
      }
    });
  }
}
