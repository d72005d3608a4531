import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { InitializeParams } from '../../protocol/engineProtocol.ts';
import { engineEnvironment } from './engineEnvironment.ts';

export interface EngineLog {
  readonly debug: (message: string) => void;
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
  readonly error: (message: string) => void;
}

/** How a process ended, as the engine after it is told. */
export type EngineExit = NonNullable<InitializeParams['previousExit']>;

export interface EngineProcessOptions {
  /** Absolute path of the bundled engine. */
  readonly entry: string;
  /** Absolute path of the Node.js, or of Electron, that runs it; that of this process when left out. */
  readonly executable?: string;
  /** Environment of the process; the host's own when left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly log: EngineLog;
  /** Called with each line of its standard error. */
  readonly onErrorLine?: (line: string) => void;
  /** Called once, with words for people; `exit` is null for a process that never began. */
  readonly onExit: (child: ChildProcess, how: string, exit: EngineExit | null) => void;
}

/** What `deactivate` allows: VS Code itself ends the host after five seconds. */
const shutdownLimitMs = 1_500;

/**
 * Threads for decoders and files. As many pictures are decoded at a time as there are cores, of which
 * Node's usual four threads would do no more than four, and a search's own reads want two besides. Set
 * before the process starts: Windows takes no later word.
 */
function nativeThreads(): number {
  return Math.max(4, availableParallelism() + 2);
}

/** `FAMILIAR_FACES_INSPECT=9230` opens the engine's inspector at that port, on this machine only. */
function inspectArguments(env: NodeJS.ProcessEnv): string[] {
  const port = Number(env['FAMILIAR_FACES_INSPECT'] ?? '');
  return Number.isInteger(port) && port > 0 && port < 65_536 ? [`--inspect=127.0.0.1:${port}`] : [];
}

/** Starts an engine process; what it writes goes to the log line by line. */
export function forkEngine(options: EngineProcessOptions): ChildProcess {
  const { entry, executable = process.execPath, env, log, onErrorLine, onExit } = options;
  const child = fork(entry, [], {
    execPath: executable,
    execArgv: ['--disable-warning=ExperimentalWarning', ...inspectArguments(env ?? process.env)],
    env: {
      UV_THREADPOOL_SIZE: String(nativeThreads()),
      ...engineEnvironment(env ?? process.env),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  log.info(`Engine started as process ${child.pid} of ${executable}.`);
  readLines(child.stdout, (line) => log.info(`engine: ${line}`));
  readLines(child.stderr, (line) => {
    log.info(`engine: ${line}`);
    onErrorLine?.(line);
  });
  child.once('error', (error) => {
    log.error(`Engine: ${error.message}`);
    // A process that could not be started never exits.
    if (child.pid === undefined) {
      onExit(child, error.message, null);
    }
  });
  child.once('exit', (code, signal) =>
    onExit(child, signal ?? `exit code ${code}`, judgeExit(code, signal)),
  );
  return child;
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) {
    createInterface(stream).on('line', onLine);
  }
}

/**
 * Ends a process: in good order where it does as it is asked, by force where it does not.
 * @param ask asks it to end by itself; whether that can be done does not matter
 */
export async function endEngine(child: ChildProcess, ask: () => Promise<void>): Promise<void> {
  if (hasEnded(child)) {
    return;
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await ask();
  await Promise.race([ended, delay(shutdownLimitMs)]);
  if (!hasEnded(child)) {
    child.kill('SIGKILL');
    await ended;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Signals that a process raises by its own fault; any other one was sent to it. */
const faultSignals: readonly (NodeJS.Signals | null)[] = [
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
];

/** Only a fault speaks against the file in work: a person or the system may end any process. */
function judgeExit(code: number | null, signal: NodeJS.Signals | null): EngineExit {
  if (signal !== null) {
    return faultSignals.includes(signal) ? 'crashed' : 'killed';
  }
  return code === 0 ? 'ended' : 'crashed';
}
