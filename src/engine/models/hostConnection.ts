import { fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { FamiliarError, toFamiliarError } from '../../common/failure.ts';
import type {
  HostedModel,
  HostReply,
  HostRequest,
  HostRequestMessage,
  HostResults,
} from './inferenceMessages.ts';
import type { ModelRole } from './manifest.ts';
import type { FloatTensor, Provider } from './runtime.ts';
import type { PixelBatch } from './tensor.ts';

/**
 * Where sessions live: a thread shares memory with the engine and is cheap; a process may abort
 * in a graphics driver without taking the engine along.
 */
export type HostKind = 'thread' | 'process';

export interface HostConnection {
  /** The runtime's version and the providers that it was built with. */
  about(): Promise<HostResults['about']>;
  open(
    provider: Provider,
    threads: number,
    models: readonly HostedModel[],
  ): Promise<HostResults['open']>;
  /** Takes the batch's memory and returns it with the output. */
  run(role: ModelRole, batch: PixelBatch): Promise<{ output: FloatTensor; pixels: Uint8Array }>;
  /** Ends the host; what is in work rejects at once, and a thread is ended when that is done with. */
  close(): Promise<void>;
  /** Whether the host is gone, so that every further request would reject. */
  readonly hasEnded: boolean;
  /** Process id of a host that is a process. */
  readonly pid: number | undefined;
}

interface Port {
  readonly pid: number | undefined;
  send(message: HostRequestMessage): void;
  close(): Promise<void>;
}

interface PortEvents {
  onReply(reply: HostReply): void;
  onEnd(reason: string): void;
}

// The bundled engine finds its host beside it under the same name.
const entry = new URL(
  import.meta.url.endsWith('.ts') ? './inferenceHost.ts' : './inferenceHost.js',
  import.meta.url,
);

function openThread({ onReply, onEnd }: PortEvents): Port {
  const worker = new Worker(entry, { execArgv: [] });
  const answers = new EventEmitter();
  let owed = 0;
  worker.on('message', (reply) => {
    owed--;
    onReply(reply);
    answers.emit('answer');
  });
  worker.on('error', (error) => onEnd(error.message));
  worker.on('exit', (code) => {
    owed = 0;
    onEnd(`the thread ended with code ${code}`);
    answers.emit('answer');
  });
  return {
    pid: undefined,
    send: (message) => {
      worker.postMessage(
        message,
        message.request.kind === 'run' ? [message.request.batch.pixels.buffer as ArrayBuffer] : [],
      );
      owed++;
    },
    close: async () => {
      // The runtime aborts the whole process where its thread is taken away during a run.
      while (owed > 0) {
        await once(answers, 'answer');
      }
      await worker.terminate();
    },
  };
}

/** How much of what a dying process wrote is kept to explain its end. */
const lastWords = 500;

function openProcess({ onReply, onEnd }: PortEvents): Port {
  const child = fork(fileURLToPath(entry), [], {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let written = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written = (written + text).slice(-lastWords);
  });
  child.on('message', (reply) => onReply(reply as HostReply));
  child.on('error', (error) => onEnd(error.message));
  const ended = new Promise<void>((resolve) => {
    child.once('close', (code, signal) => {
      onEnd(`its process ended (${signal ?? `code ${code}`}). ${written.trim()}`.trim());
      resolve();
    });
    child.once('error', () => resolve());
  });
  return {
    pid: child.pid,
    send: (message) => {
      child.send(message, (error) => error && onEnd(error.message));
    },
    close: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

interface Pending {
  resolve(result: HostResults[keyof HostResults]): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout | undefined;
}

function lost(reason: string): FamiliarError {
  return new FamiliarError(
    'provider-failed',
    `Expected the inference host to answer, but ${reason}`,
    {
      remedy: 'Update the graphics driver, or set the execution provider to "cpu".',
    },
  );
}

/**
 * Starts a host. Every request settles: a host that ends rejects what it still owed with
 * `provider-failed`, and one that does not answer within `timeoutMs` is ended.
 */
export function connectHost(kind: HostKind, timeoutMs: number | null): HostConnection {
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let ended: string | undefined;
  const end = (reason: string) => {
    ended ??= reason;
    for (const { reject, timer } of pending.values()) {
      clearTimeout(timer);
      reject(lost(ended));
    }
    pending.clear();
  };
  const port = (kind === 'thread' ? openThread : openProcess)({
    onReply: (reply) => {
      const waiting = pending.get(reply.id);
      pending.delete(reply.id);
      clearTimeout(waiting?.timer);
      if ('failure' in reply) {
        const { code, message, remedy } = reply.failure;
        waiting?.reject(new FamiliarError(code, message, { remedy }));
      } else {
        waiting?.resolve(reply.result);
      }
    },
    onEnd: end,
  });
  const close = async () => {
    end('it was closed.');
    await port.close();
  };

  const request = <K extends keyof HostResults>(
    message: HostRequest & { readonly kind: K },
  ): Promise<HostResults[K]> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) {
        reject(lost(ended));
        return;
      }
      const id = nextId++;
      const timer =
        timeoutMs === null
          ? undefined
          : setTimeout(() => {
              end(`it did not answer within ${timeoutMs / 1000} s.`);
              void port.close();
            }, timeoutMs);
      pending.set(id, { resolve: resolve as Pending['resolve'], reject, timer });
      try {
        port.send({ id, request: message });
      } catch (error) {
        pending.delete(id);
        clearTimeout(timer);
        reject(toFamiliarError(error));
      }
    });

  return {
    pid: port.pid,
    get hasEnded() {
      return ended !== undefined;
    },
    about: () => request({ kind: 'about' }),
    open: (provider, threads, models) => request({ kind: 'open', provider, threads, models }),
    run: (role, batch) => request({ kind: 'run', role, batch }),
    close,
  };
}
