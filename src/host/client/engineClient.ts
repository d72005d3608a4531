import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { Emitter, type Event } from 'vscode-jsonrpc/node';
import { FamiliarError, isEngineGone, toFamiliarError } from '../../common/failure.ts';
import {
  type EngineMethod,
  type EngineNotificationParams,
  type EngineParams,
  type EngineResult,
  type InitializeParams,
  initializeParams,
  type Progress,
} from '../../protocol/engineProtocol.ts';
import type { Failure } from '../../protocol/failureSchema.ts';
import type { ProviderReport } from '../../protocol/providerReport.ts';
import type { RuntimeReport } from '../runtime/runtime.ts';
import { RuntimeChooser } from '../runtime/runtimeChooser.ts';
import type { EngineConnection } from './engineConnection.ts';
import { EngineEvents } from './engineEvents.ts';
import { EngineLauncher, type LaunchedExit, noRuntime } from './engineLauncher.ts';
import { type EngineExit, type EngineLog, endEngine } from './engineProcess.ts';
import { RestartPolicy } from './restartPolicy.ts';

export type EngineState = 'stopped' | 'starting' | 'ready' | 'lost';

export interface EngineClientOptions {
  /** Absolute path of the bundled engine. */
  readonly entry: string;
  /** Asked before every start, so that a restarted engine gets what holds then. */
  readonly initializeParams: () => InitializeParams;
  readonly log: EngineLog;
  /** Why the engine may not be started now; null where it may. Asked before every start. */
  readonly reasonNotToStart?: () => FamiliarError | null;
  /** Environment of the process; the host's own when left out. */
  readonly env?: NodeJS.ProcessEnv;
  /** More crashes than this within ten minutes, and the engine is given up. */
  readonly maxCrashes?: number;
  /** Chooses what runs the engine; that is the host's own runtime when left out. */
  readonly runtimes?: RuntimeChooser;
}

/** What any engine of the library can be asked, and asked twice: it names no open query. */
const repeatable: ReadonlySet<EngineMethod> = new Set<EngineMethod>([
  'index/start',
  'index/pause',
  'index/resume',
  'index/cancel',
  'files/count',
  'setSettings',
  'setFolders',
  'failures',
  'failures/retry',
  'progress',
  'stats',
  'doctor',
  'export',
]);

const usualMaxCrashes = 10;

/**
 * The engine process as the host sees it: started by the first request, started again with
 * growing pauses when it crashes, given up after too many crashes until `restart`.
 */
export class EngineClient {
  readonly #options: EngineClientOptions;
  readonly #restarts: RestartPolicy;
  readonly #runtimes: RuntimeChooser;
  readonly #launcher: EngineLauncher;
  readonly #onDidChangeState = new Emitter<EngineState>();
  readonly #events: EngineEvents;
  #state: EngineState = 'stopped';
  #failure: Failure | null = null;
  #child: ChildProcess | undefined;
  /** A process that we have asked to end: its end is no crash. */
  #ending: ChildProcess | undefined;
  #ready: Promise<EngineConnection> | undefined;
  #previousExit: EngineExit = 'ended';
  readonly #disposed = new AbortController();

  readonly onDidChangeState: Event<EngineState> = this.#onDidChangeState.event;
  readonly onDidProgress: Event<Progress>;
  /** The library changed: results may be stale. */
  readonly onDidChangeLibrary: Event<EngineNotificationParams<'changed'>>;
  readonly onDidReportProvider: Event<ProviderReport>;
  readonly onDidReachWatchLimit: Event<EngineNotificationParams<'watchLimit'>>;

  constructor(options: EngineClientOptions) {
    this.#options = options;
    const { entry, env, log } = options;
    this.#events = new EngineEvents(log);
    this.onDidProgress = this.#events.onDidProgress;
    this.onDidChangeLibrary = this.#events.onDidChangeLibrary;
    this.onDidReportProvider = this.#events.onDidReportProvider;
    this.onDidReachWatchLimit = this.#events.onDidReachWatchLimit;
    this.#restarts = new RestartPolicy(options.maxCrashes ?? usualMaxCrashes);
    this.#runtimes = options.runtimes ?? new RuntimeChooser();
    this.#launcher = new EngineLauncher({
      entry,
      ...(env === undefined ? {} : { env }),
      log,
      runtimes: this.#runtimes,
      onNotification: (name, params) => this.#events.receive(name, params),
      onExit: (exit) => this.#onExit(exit),
    });
  }

  get state(): EngineState {
    return this.#state;
  }

  /** Why the engine is lost; null in every other state. */
  get failure(): Failure | null {
    return this.#failure;
  }

  /** What runs the engine, and what cannot. */
  get runtimes(): RuntimeReport {
    return this.#runtimes.report;
  }

  /** Process id of the running engine. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Starts the engine where it is needed, waits for it, and asks. An engine that dies over the
   * question is followed by another, which is asked once more where it can know the answer.
   */
  async request<M extends EngineMethod>(
    method: M,
    params: EngineParams<M>,
    signal?: AbortSignal,
  ): Promise<EngineResult<M>> {
    const connection = await this.#connect();
    try {
      return await connection.request(method, params, signal);
    } catch (error) {
      if (!repeatable.has(method) || toFamiliarError(error).code !== 'engine-lost') {
        throw error;
      }
    }
    signal?.throwIfAborted();
    const next = await this.#connect();
    return await next.request(method, params, signal);
  }

  /** Starts the engine; resolves once it is initialised. */
  async start(): Promise<void> {
    await this.#connect();
  }

  /** Ends the engine where it runs, forgets earlier crashes and failed runtimes, and starts anew. */
  async restart(): Promise<void> {
    this.#restarts.forget();
    await this.#runtimes.forget();
    const child = this.#child;
    if (child !== undefined) {
      this.#ending = child;
      await this.#end(child);
    }
    if (this.#state === 'lost') {
      this.#forget();
    }
    await this.start();
  }

  /** Ends the engine within two seconds; requests under way settle with `engine-lost`. */
  async dispose(): Promise<void> {
    this.#disposed.abort();
    if (this.#child !== undefined) {
      await this.#end(this.#child);
    }
  }

  async #end(child: ChildProcess): Promise<void> {
    await endEngine(child, async () => {
      const connection = await Promise.race([this.#ready?.catch(() => undefined), delay(0)]);
      // Its answer does not matter: the process ends by itself, or is ended.
      connection?.request('shutdown', null).catch(() => undefined);
    });
  }

  #connect(): Promise<EngineConnection> {
    if (this.#disposed.signal.aborted || this.#state === 'lost') {
      return Promise.reject(this.#lostError());
    }
    if (this.#ready === undefined) {
      const reason = this.#options.reasonNotToStart?.() ?? null;
      if (reason !== null) {
        return Promise.reject(reason);
      }
      this.#ready = this.#launch(Promise.resolve());
      // Whoever asked hears of a failure; a start on our own account is reported by the state.
      this.#ready.catch(() => undefined);
    }
    return this.#ready;
  }

  /** @param before what is to be done first */
  async #launch(before: Promise<unknown>): Promise<EngineConnection> {
    this.#setState('starting');
    await before;
    const launched = await this.#launcher.launch(this.#disposed.signal);
    if (launched === null) {
      this.#giveUp(noRuntime);
      throw this.#lostError();
    }
    const { child, connection, trial } = launched;
    this.#child = child;
    try {
      const params = { ...this.#options.initializeParams(), previousExit: this.#previousExit };
      await connection.request('initialize', initializeParams.parse(params));
    } catch (error) {
      return await this.#failToStart(child, error);
    }
    trial.pass();
    this.#setState('ready');
    return connection;
  }

  /** An engine that says why it cannot start is not asked again; one that died is. */
  async #failToStart(child: ChildProcess, error: unknown): Promise<EngineConnection> {
    const failure = toFamiliarError(error);
    if (failure.code === 'engine-lost') {
      // `#onExit` has put the next attempt in place unless there is to be none.
      return await this.#connect();
    }
    this.#giveUp({ code: failure.code, message: failure.message, remedy: failure.remedy });
    child.kill('SIGKILL');
    throw failure;
  }

  #onExit({ child, how, exit, failed }: LaunchedExit): void {
    this.#child = undefined;
    if (failed === null) {
      this.#previousExit = exit ?? this.#previousExit;
    }
    if (this.#ending === child) {
      this.#ending = undefined;
      this.#forget();
      return;
    }
    if (this.#disposed.signal.aborted || this.#state === 'lost') {
      return;
    }
    if (failed !== null) {
      this.#relaunch(this.#launcher.reject(failed));
      return;
    }
    this.#options.log.warn(`Engine ended unexpectedly (${how}).`);
    const pauseMs = this.#restarts.countCrash(Date.now());
    if (pauseMs === null) {
      this.#giveUp({
        code: 'engine-lost',
        message: `Expected the engine to run but it ended ${this.#restarts.crashes} times in a row (${how}).`,
        remedy: 'Look at the log, then start it again with Familiar Faces: Restart Engine.',
      });
      return;
    }
    this.#relaunch(delay(pauseMs, undefined, { signal: this.#disposed.signal }));
  }

  #relaunch(before: Promise<unknown>): void {
    this.#ready = this.#launch(before);
    this.#ready.catch(() => undefined);
  }

  /** As if there had never been an engine: the next request starts one. */
  #forget(): void {
    this.#ready = undefined;
    this.#setState('stopped');
  }

  #giveUp(failure: Failure): void {
    this.#failure = failure;
    this.#options.log.error(`${failure.message} ${failure.remedy}`);
    this.#setState('lost');
  }

  #lostError(): FamiliarError {
    const failure = this.#failure;
    const code = failure !== null && isEngineGone(failure) ? failure.code : 'engine-lost';
    return new FamiliarError(code, failure?.message ?? 'The engine has been ended.', {
      remedy: failure?.remedy ?? 'Reload the window.',
    });
  }

  #setState(state: EngineState): void {
    if (this.#state !== state) {
      this.#state = state;
      this.#failure = state === 'lost' ? this.#failure : null;
      this.#onDidChangeState.fire(state);
    }
  }
}
