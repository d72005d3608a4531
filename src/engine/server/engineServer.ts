import {
  type CancellationToken,
  createMessageConnection,
  type MessageReader,
  type MessageWriter,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { z } from 'zod';
import { FamiliarError, isAbort, toFamiliarError } from '../../common/failure.ts';
import {
  type EngineMethod,
  type EngineParams,
  type EngineResult,
  engineRequests,
  failureErrorCode,
} from '../../protocol/engineProtocol.ts';
import { Engine, type Notify } from '../engine.ts';

/** JSON-RPC's code for a request that was cancelled (Language Server Protocol). */
const cancelledErrorCode = -32800;

/** Whoever started this process starts it again when it ends. */
const restartDelayMs = 250;

type Handlers = {
  [M in Exclude<EngineMethod, 'initialize' | 'shutdown'>]: (
    engine: Engine,
    params: EngineParams<M>,
    signal: AbortSignal,
  ) => EngineResult<M> | Promise<EngineResult<M>>;
};

/** For methods that answer with nothing. */
async function done(work: void | Promise<void>): Promise<null> {
  await work;
  return null;
}

const handlers: Handlers = {
  setFolders: (engine, { folders }) => done(engine.setFolders(folders)),
  setSettings: (engine, { settings }) => done(engine.setSettings(settings)),
  'index/start': (engine, params) => done(engine.startIndexing(params)),
  'index/pause': (engine) => done(engine.pauseIndexing()),
  'index/resume': (engine) => done(engine.resumeIndexing()),
  'index/cancel': (engine) => done(engine.cancelIndexing()),
  progress: (engine) => engine.progress(),
  stats: (engine) => engine.stats(),
  failures: (engine) => engine.failures(),
  'failures/retry': (engine, params) => done(engine.retryFailures(params)),
  'files/count': (engine, params, signal) => engine.countFiles(params, signal),
  'query/open': (engine, params, signal) => engine.openQuery(params, signal),
  'query/addFace': (engine, params, signal) => engine.addFace(params, signal),
  'query/removeFace': (engine, params, signal) => engine.removeFace(params, signal),
  'query/similar': (engine, params, signal) => engine.similar(params, signal),
  'query/reject': (engine, params) => done(engine.reject(params)),
  export: (engine, params, signal) => engine.export(params, signal),
  doctor: (engine) => engine.doctor(),
  'characters/list': ({ characters }, params) => characters.list(params),
  'characters/names': ({ characters }) => characters.names(),
  'characters/get': ({ characters }, params) => characters.get(params),
  'characters/faces': ({ characters }, params) => characters.faces(params),
  'characters/suggestions': ({ characters }, params) => characters.suggestions(params),
  'characters/name': ({ characters }, params) => characters.name(params),
  'characters/nameFaces': ({ characters }, params) => characters.nameFaces(params),
  'characters/merge': ({ characters }, params) => characters.merge(params),
  'characters/split': ({ characters }, params) => characters.split(params),
  'characters/judge': ({ characters }, params) => characters.judge(params),
  'characters/hide': ({ characters }, params) => done(characters.hide(params)),
  'characters/cover': ({ characters }, params) => characters.setCover(params),
  'characters/undo': ({ characters }) => characters.undo(),
  'characters/proposals': ({ characters }) => characters.proposals(),
  'models/forgetProbes': (engine) => done(engine.forgetProbes()),
};

export interface ServerOptions {
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  readonly bundledModels: string;
  /** The connection has ended, or was asked to: nothing is left to do. */
  readonly onEnd: () => void;
}

/** Serves one engine over JSON-RPC until it is shut down or its client goes away. */
export function serveEngine({ reader, writer, bundledModels, onEnd }: ServerOptions): void {
  const connection = createMessageConnection(reader, writer);
  let engine: Engine | undefined;
  const notify: Notify = (notification, params) => {
    void connection.sendNotification(notification, params);
  };
  const close = async () => {
    const closing = engine;
    engine = undefined;
    await closing?.close();
  };
  const answer = async (method: EngineMethod, raw: unknown, signal: AbortSignal) => {
    const params = parse(method, raw);
    if (method === 'initialize') {
      await close();
      engine = await Engine.open({
        ...(params as EngineParams<'initialize'>),
        bundledModels,
        notify,
        // A moment later, so that the answer that found it out is still sent.
        onStale: () => setTimeout(onEnd, restartDelayMs),
      });
      return null;
    }
    if (method === 'shutdown') {
      await close();
      setImmediate(onEnd);
      return null;
    }
    if (engine === undefined) {
      throw new FamiliarError('argument', `Expected "initialize" before "${method}".`, {
        remedy: 'Start the engine again.',
      });
    }
    const handler = handlers[method] as Handlers['progress'];
    return handler(engine, params as never, signal);
  };
  for (const method of Object.keys(engineRequests) as EngineMethod[]) {
    connection.onRequest(method, (raw: unknown, token: CancellationToken) =>
      settle(() => answer(method, raw, toSignal(token))),
    );
  }
  connection.onClose(() => void close().finally(onEnd));
  connection.listen();
}

function parse(method: EngineMethod, raw: unknown): unknown {
  const parsed = engineRequests[method].params.safeParse(raw ?? null);
  if (!parsed.success) {
    throw new FamiliarError('argument', `"${method}": ${z.prettifyError(parsed.error)}`, {
      remedy: 'Update the extension and reload the window.',
      cause: parsed.error,
    });
  }
  return parsed.data;
}

function toSignal(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) {
    controller.abort();
  }
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

async function settle<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isAbort(error)) {
      throw new ResponseError(cancelledErrorCode, 'The request was cancelled.');
    }
    const { code, message, remedy } = toFamiliarError(error);
    throw new ResponseError(failureErrorCode, message, { code, message, remedy });
  }
}
