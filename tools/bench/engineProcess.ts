import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import {
  type EngineMethod,
  type EngineParams,
  type EngineResult,
  protocolVersion,
  settingsSchema,
} from '../../src/protocol/engineProtocol.ts';
import { type ProcessMemory, readAnonymousMb, readProcessMemory } from './processMemory.ts';

// The bundled command line finds the bundled engine beside it.
const entry = new URL(
  import.meta.url.endsWith('.ts') ? '../../src/engine/main.ts' : './engine.js',
  import.meta.url,
);

/** How often a process is looked at, in milliseconds. */
const lookPauseMs = 20;

/**
 * An engine in a process of its own, as the extension starts it, seen from outside: nothing that
 * the bench holds counts as its memory.
 */
export class EngineProcess {
  readonly #child: ChildProcess;
  readonly #connection: MessageConnection;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#connection = createMessageConnection(
      new IPCMessageReader(child),
      new IPCMessageWriter(child),
    );
    this.#connection.listen();
  }

  /**
   * Resolves when the process answers; no library is open then.
   *
   * @param main the engine's entry: this one, or that of another commit
   */
  static async start(main = fileURLToPath(entry)): Promise<EngineProcess> {
    const child = fork(main, [], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const engine = new EngineProcess(child);
    // It refuses whatever comes before a library, but it answers.
    await engine.request('progress', null).catch(() => undefined);
    return engine;
  }

  /** Opens the library of one folder, to work at full speed on the CPU and only when told to. */
  async open(folder: string, storageFolder: string, models: string): Promise<void> {
    await this.request('initialize', {
      protocolVersion,
      storageFolder,
      folders: [{ id: folder, name: 'bench', path: folder }],
      settings: settingsSchema.parse({
        executionProvider: 'cpu',
        speed: 'fast',
        modelsFolder: models,
      }),
      watch: false,
      autoStart: false,
      previousExit: 'ended',
    });
  }

  request<M extends EngineMethod>(method: M, params: EngineParams<M>): Promise<EngineResult<M>> {
    return this.#connection.sendRequest(method, params) as Promise<EngineResult<M>>;
  }

  /** Indexes what is new, until every file is compared with what is stored. */
  async settle(): Promise<EngineResult<'progress'>> {
    await this.request('index/start', { force: false });
    for (;;) {
      const progress = await this.request('progress', null);
      if (progress.phase === 'idle' || progress.failure !== null) {
        return progress;
      }
      await setTimeout(lookPauseMs);
    }
  }

  memory(): ProcessMemory {
    return readProcessMemory(this.#child.pid as number);
  }

  /** The most anonymous memory, in megabytes, that is seen while the work goes on. */
  async peakMbDuring(work: Promise<unknown>): Promise<number> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    let peak = 0;
    while (!isDone) {
      peak = Math.max(peak, readAnonymousMb(this.#child.pid as number));
      await Promise.race([done, setTimeout(lookPauseMs)]);
    }
    await done;
    return peak;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    await this.request('shutdown', null);
    await ended;
    this.#connection.dispose();
  }
}
