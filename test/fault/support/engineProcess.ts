import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { defaultSettings } from '../../../src/common/settings.ts';
import { EngineConnection } from '../../../src/host/client/engineConnection.ts';
import type {
  EngineMethod,
  EngineParams,
  EngineResult,
  Progress,
} from '../../../src/protocol/engineProtocol.ts';
import { until } from './until.ts';

const entry = fileURLToPath(new URL('../../../src/engine/main.ts', import.meta.url));

export interface EnginePlace {
  readonly folder: string;
  readonly storage: string;
  readonly models: string;
}

export interface EngineOptions extends EnginePlace {
  readonly autoStart?: boolean;
  readonly watch?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

export interface EngineExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One engine process without a host that would start it again. */
export class EngineProcess {
  readonly logs: string[] = [];
  /** What the process itself wrote, such as the last words of native code. */
  output = '';
  readonly exited: Promise<EngineExit>;
  readonly #child: ChildProcess;
  readonly #connection: EngineConnection;
  #exit: EngineExit | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data) => {
        this.output += String(data);
      });
    }
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
    this.#connection = new EngineConnection({
      child,
      onNotification: (name, params) => {
        if (name === 'log') {
          this.logs.push((params as { message: string }).message);
        }
      },
      onViolation: (problem) => this.logs.push(`violation: ${problem}`),
    });
  }

  /** Forks an engine that nobody has spoken to yet. */
  static fork(env: NodeJS.ProcessEnv = {}): EngineProcess {
    const child = fork(entry, [], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    return new EngineProcess(child);
  }

  /** @throws FamiliarError as `initialize` does; the process has ended then. */
  static async start(options: EngineOptions): Promise<EngineProcess> {
    const engine = EngineProcess.fork(options.env);
    try {
      await engine.initialize(options);
      return engine;
    } catch (error) {
      engine.kill('SIGKILL');
      await engine.exited;
      throw error;
    }
  }

  async initialize(options: EngineOptions): Promise<void> {
    const { folder, storage, models, autoStart = false, watch = false } = options;
    await this.request('initialize', {
      protocolVersion: 1,
      storageFolder: storage,
      folders: [{ id: folder, name: 'art', path: folder }],
      settings: {
        ...defaultSettings,
        executionProvider: 'cpu',
        speed: 'fast',
        modelsFolder: models,
      },
      watch,
      autoStart,
      previousExit: 'killed',
    });
  }

  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  request<M extends EngineMethod>(method: M, params: EngineParams<M>): Promise<EngineResult<M>> {
    return this.#connection.request(method, params);
  }

  /** Indexes what is new and waits for the end of it, good or bad. */
  async index(): Promise<Progress> {
    await this.request('index/start', { force: false });
    return this.idle();
  }

  async idle(): Promise<Progress> {
    let progress = await this.request('progress', null);
    await until(async () => {
      progress = await this.request('progress', null);
      return progress.phase === 'idle' || progress.phase === 'failed';
    });
    return progress;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async killed(signal: NodeJS.Signals = 'SIGKILL'): Promise<EngineExit> {
    this.kill(signal);
    return this.exited;
  }

  /** Ends in good order. */
  async stop(): Promise<EngineExit> {
    if (!this.hasExited) {
      await this.request('shutdown', null).catch(async (error) => {
        // On a busy machine its end may be heard of before its answer; then it must have been a good one.
        if (error.code !== 'engine-lost' || (await this.exited).code !== 0) {
          throw error;
        }
      });
    }
    return this.exited;
  }
}
