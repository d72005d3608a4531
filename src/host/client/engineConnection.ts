import type { ChildProcess } from 'node:child_process';
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { FamiliarError, toFamiliarError } from '../../common/failure.ts';
import {
  type EngineMethod,
  type EngineNotification,
  type EngineNotificationParams,
  type EngineParams,
  type EngineResult,
  engineNotifications,
  engineRequests,
  errorDataSchema,
} from '../../protocol/engineProtocol.ts';

export type NotificationSink = <N extends EngineNotification>(
  notification: N,
  params: EngineNotificationParams<N>,
) => void;

export interface EngineConnectionOptions {
  readonly child: ChildProcess;
  readonly onNotification: NotificationSink;
  /** A message that breaks the protocol; it is dropped and the connection goes on. */
  readonly onViolation: (problem: string) => void;
}

/**
 * JSON-RPC to one engine process. Every request settles: with the checked result, with a
 * `FamiliarError`, with an `AbortError`, or, when the process ends first, with `engine-lost`.
 */
export class EngineConnection {
  readonly #connection: MessageConnection;
  /**
   * Rejects each request under way. A race with one promise that lasts as long as the connection
   * would keep every answer, since such a promise holds its reactions until it settles.
   */
  readonly #rejectPending = new Set<(reason: unknown) => void>();
  #lost: FamiliarError | null = null;

  constructor(options: EngineConnectionOptions) {
    const { child, onViolation } = options;
    this.#connection = createMessageConnection(
      new IPCMessageReader(child),
      new IPCMessageWriter(child),
    );
    child.once('exit', (code, signal) => this.#end(signal ?? `exit code ${code}`));
    child.once('error', (error) => this.#end(error.message));
    this.#connection.onError(([error]) => onViolation(error.message));
    for (const name of Object.keys(engineNotifications) as EngineNotification[]) {
      this.#listen(name, options);
    }
    this.#connection.listen();
  }

  /** Sends a request; `signal` cancels it in the engine too. */
  async request<M extends EngineMethod>(
    method: M,
    params: EngineParams<M>,
    signal?: AbortSignal,
  ): Promise<EngineResult<M>> {
    signal?.throwIfAborted();
    if (this.#lost !== null) {
      throw this.#lost;
    }
    const source = new CancellationTokenSource();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const abort = () => {
      source.cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#rejectPending.add(reject);
    try {
      this.#connection.sendRequest(method, params, source.token).then(resolve, reject);
      return checkResult(method, await promise);
    } catch (error) {
      throw fromWire(error);
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#rejectPending.delete(reject);
      source.dispose();
    }
  }

  #listen<N extends EngineNotification>(name: N, options: EngineConnectionOptions): void {
    this.#connection.onNotification(name, (params: unknown) => {
      const checked = engineNotifications[name].safeParse(params);
      if (checked.success) {
        options.onNotification(name, checked.data as EngineNotificationParams<N>);
      } else {
        options.onViolation(`notification ${name}: ${checked.error.message}`);
      }
    });
  }

  #end(how: string): void {
    const lost = new FamiliarError(
      'engine-lost',
      `Expected an answer but the engine ended (${how}).`,
      { remedy: 'Familiar Faces restarts the engine by itself; try again in a moment.' },
    );
    this.#lost ??= lost;
    for (const reject of this.#rejectPending) {
      reject(lost);
    }
    this.#connection.dispose();
  }
}

function checkResult<M extends EngineMethod>(method: M, result: unknown): EngineResult<M> {
  const checked = engineRequests[method].result.safeParse(result);
  if (!checked.success) {
    throw new FamiliarError(
      'internal',
      `Expected the result of ${method} to follow the protocol but received ${checked.error.message}`,
      { remedy: 'This is a defect of Familiar Faces: please report it with the log.' },
    );
  }
  return checked.data as EngineResult<M>;
}

function fromWire(error: unknown): Error {
  if (error instanceof ResponseError) {
    const failure = errorDataSchema.safeParse(error.data);
    if (failure.success) {
      const { code, message, remedy } = failure.data;
      return new FamiliarError(code, message, { remedy });
    }
  }
  return error instanceof Error && error.name === 'AbortError' ? error : toFamiliarError(error);
}
