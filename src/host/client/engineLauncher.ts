import type { ChildProcess } from 'node:child_process';
import { toFamiliarError } from '../../common/failure.ts';
import type { Failure } from '../../protocol/failureSchema.ts';
import type { SelfTest } from '../../protocol/selfTest.ts';
import { oldestNode } from '../runtime/findNode.ts';
import { describeRuntime, type Runtime } from '../runtime/runtime.ts';
import type { RuntimeChooser } from '../runtime/runtimeChooser.ts';
import { EngineConnection, type NotificationSink } from './engineConnection.ts';
import { type EngineExit, type EngineLog, forkEngine } from './engineProcess.ts';
import { RuntimeTrial, type Verdict } from './runtimeTrial.ts';

export interface EngineLauncherOptions {
  /** Absolute path of the bundled engine. */
  readonly entry: string;
  /** Environment of the process; the host's own when left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly log: EngineLog;
  readonly runtimes: RuntimeChooser;
  readonly onNotification: NotificationSink;
  readonly onExit: (exit: LaunchedExit) => void;
}

export interface LaunchedEngine {
  readonly child: ChildProcess;
  readonly connection: EngineConnection;
  /** To be told when the engine has answered. */
  readonly trial: RuntimeTrial;
}

/** The end of an engine process. */
export interface LaunchedExit {
  readonly child: ChildProcess;
  /** How it ended, in words for people. */
  readonly how: string;
  /** Null for a process that never began. */
  readonly exit: EngineExit | null;
  /** Null unless it ended because its runtime cannot run the engine. */
  readonly failed: { readonly runtime: Runtime; readonly verdict: Verdict } | null;
}

/** What people are told where every runtime has failed. */
export const noRuntime: Failure = {
  code: 'engine-runtime',
  message: 'No Node.js on this machine can run the engine.',
  remedy: `Install Node.js ${oldestNode} or newer, then run Familiar Faces: Restart Engine.`,
};

/** Starts engine processes on the first runtime that is known to run them. */
export class EngineLauncher {
  readonly #options: EngineLauncherOptions;

  constructor(options: EngineLauncherOptions) {
    this.#options = options;
  }

  /** @returns null where no runtime is left */
  async launch(signal: AbortSignal): Promise<LaunchedEngine | null> {
    const runtime = await this.#options.runtimes.choose();
    signal.throwIfAborted();
    return runtime === null ? null : this.#fork(runtime);
  }

  /** The next launch takes another runtime. */
  async reject({ runtime, verdict }: NonNullable<LaunchedExit['failed']>): Promise<void> {
    const { log, runtimes } = this.#options;
    const { reason, lasting } = verdict;
    log.warn(`${describeRuntime(runtime)} does not run the engine: ${reason}`);
    try {
      await runtimes.reject(runtime, reason, lasting);
    } catch (error) {
      // It holds for this session nevertheless.
      log.error(toFamiliarError(error).message);
    }
  }

  #fork(runtime: Runtime): LaunchedEngine {
    const { entry, env, log, onNotification, onExit } = this.#options;
    const child = forkEngine({
      entry,
      log,
      executable: runtime.executable,
      ...(env === undefined ? {} : { env }),
      onErrorLine: (line) => trial.read(line),
      onExit: (_, how, exit) => {
        const verdict = trial.end(how, exit);
        onExit({ child, how, exit, failed: verdict === null ? null : { runtime, verdict } });
      },
    });
    const trial = new RuntimeTrial(child);
    const connection = new EngineConnection({
      child,
      onNotification: (name, params) => {
        if (name === 'selfTest') {
          trial.receive(params as SelfTest);
        }
        onNotification(name, params);
      },
      onViolation: (problem) => log.error(`Protocol: ${problem}`),
    });
    return { child, connection, trial };
  }
}
