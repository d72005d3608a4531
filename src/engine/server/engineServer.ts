import {
  type CancellationToken,
  createMessageConnection,
  type MessageConnection,
  type MessageReader,
  type MessageWriter,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { z } from 'zod';
import { FamiliarError, isAbort, toFailure } from '../../common/failure.ts';
import {
  type EngineMethod,
  type EngineNotification,
  type EngineNotificationParams,
  type EngineParams,
  type EngineResult,
  engineRequests,
  failureErrorCode,
} from '../../protocol/engineProtocol.ts';
import { Engine } from '../engine.ts';
import type { EngineEvents } from '../engineParts.ts';
import type { ListedDecision } from '../library/decisionList.ts';
import type { StoredFailure } from '../library/failureTable.ts';
import type { QuerySource } from '../search/queryImage.ts';
import { nameDecided, nameFaces, nameResults } from './faceNames.ts';

/** JSON-RPC's code for a request that was cancelled (Language Server Protocol). */
const cancelledErrorCode = -32800;

/** Whoever started this process starts it again when it ends. */
const restartDelayMs = 250;

type Handlers = {
  [M in Exclude<EngineMethod, 'initialize' | 'shutdown'>]: (
    engine: Engine,
    params: EngineParams<M>,
    signal: AbortSignal,
  ) => Answer<EngineResult<M>> | Promise<Answer<EngineResult<M>>>;
};

/** What the engine answers is read by the wire, not changed. */
type Answer<T> = T extends readonly (infer U)[]
  ? readonly Answer<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Answer<T[K]> }
    : T;

/** For methods that answer with nothing. */
async function done(work: void | Promise<void>): Promise<null> {
  await work;
  return null;
}

const handlers: Handlers = {
  setFolders: ({ indexing }, { folders }) => done(indexing.setFolders(folders)),
  setSettings: ({ indexing }, { settings }) => done(indexing.setSettings(settings)),
  'index/start': ({ indexing }, params) => done(indexing.start(params)),
  'index/pause': ({ indexing }) => done(indexing.pause()),
  'index/resume': ({ indexing }) => done(indexing.resume()),
  'index/cancel': ({ indexing }) => done(indexing.cancel()),
  progress: ({ indexing }) => indexing.progress,
  stats: ({ diagnostics }) => diagnostics.stats(),
  failures: ({ library }) => library.failures().map(toFailedFile),
  'failures/retry': ({ indexing }, { fileIds }) => done(indexing.retryFailures(fileIds)),
  'files/count': ({ indexing }, { limit }, signal) => indexing.countFiles(limit, signal),
  'query/open': async (engine, { source }, signal) =>
    nameFaces(engine, await engine.queries.open(toQuerySource(source), signal)),
  'query/addFace': async (engine, { queryId, box }, signal) =>
    nameDecided(engine, await engine.queries.addFace(queryId, box, signal)),
  'query/removeFace': async (engine, { queryId, faceId }, signal) =>
    nameDecided(engine, await engine.queries.removeFace(queryId, faceId, signal)),
  'query/similar': async (engine, params, signal) =>
    nameResults(engine, await engine.search.find(params, signal)),
  'query/refresh': async (engine, { queryId }, signal) =>
    nameFaces(engine, await engine.queries.refresh(queryId, signal)),
  'query/reject': ({ search }, params) => ({ decisionId: search.reject(params).decision.id }),
  'decisions/list': ({ decisions }) => decisions.list().map(toWireDecision),
  'decisions/undo': ({ decisions }, { ids }) => done(decisions.undo(ids)),
  'decisions/redo': ({ decisions }, { ids }) => done(decisions.redo(ids)),
  'decisions/export': async ({ decisions }, { path }) => ({ count: await decisions.export(path) }),
  'decisions/import': ({ decisions }, { path }) => decisions.import(path),
  export: ({ library }, params, signal) => library.export(params, signal),
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
  doctor: ({ diagnostics }) => diagnostics.doctor(),
  'models/forgetProbes': ({ indexing }) => done(indexing.forgetProbes()),
};

function toQuerySource(source: EngineParams<'query/open'>['source']): QuerySource {
  return source.kind === 'bytes'
    ? { kind: 'bytes', name: source.name, bytes: Buffer.from(source.base64, 'base64') }
    : source;
}

function toFailedFile(stored: StoredFailure): EngineResult<'failures'>[number] {
  const { id, path, relativePath, code, message, remedy, attempts, quarantined } = stored;
  return { fileId: id, path, relativePath, code, message, remedy, attempts, quarantined };
}

function toWireDecision({ faces, ...decision }: ListedDecision): EngineResult<'decisions/list'>[0] {
  return {
    ...decision,
    faces: faces.map(({ place, thumbnail, box }) => ({
      path: place?.path ?? null,
      relativePath: place?.relativePath ?? null,
      thumbnail,
      box,
    })),
  };
}

/** The engine's events as notifications. */
function notifications(connection: MessageConnection): EngineEvents {
  const notify = <N extends EngineNotification>(
    name: N,
    params: Answer<EngineNotificationParams<N>>,
  ) => void connection.sendNotification(name, params);
  return {
    onProgress: (progress) => notify('progress', progress),
    onChanged: (epoch) => notify('changed', { epoch }),
    onProvider: (report) => notify('provider', report),
    onLog: (level, message) => notify('log', { level, message }),
    onWatchLimit: (limit) => notify('watchLimit', limit),
  };
}

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
  let opening: Promise<Engine> | undefined;
  const close = async () => {
    const closing = opening;
    opening = undefined;
    engine = undefined;
    // One that could not be opened holds nothing.
    await (await closing?.catch(() => undefined))?.close();
  };
  const answer = async (method: EngineMethod, raw: unknown, signal: AbortSignal) => {
    const params = parse(method, raw);
    if (method === 'initialize') {
      await close();
      const own = Engine.open({
        ...(params as EngineParams<'initialize'>),
        ...notifications(connection),
        bundledModels,
        // A moment later, so that the answer that found it out is still sent.
        onStale: () => setTimeout(onEnd, restartDelayMs),
      });
      opening = own;
      const opened = await own;
      if (opening !== own) {
        throw new DOMException('The engine was closed while it was opened.', 'AbortError');
      }
      engine = opened;
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
    const failure = toFailure(error);
    throw new ResponseError(failureErrorCode, failure.message, failure);
  }
}
