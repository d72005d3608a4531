import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { FamiliarError, messageOf } from '../../common/failure.ts';
import { damaged } from './decodeFailure.ts';
import type { Painted, PaintReply, PaintRequest } from './painterMessages.ts';

// The bundled engine finds the bundled painter beside it.
const entry = new URL(
  import.meta.url.endsWith('.ts') ? './painterProcess.ts' : './painterProcess.js',
  import.meta.url,
);

/** How long a process that has nothing to draw is kept, in milliseconds. */
const idleMs = 10_000;

/** A process may be ended by somebody; one picture that ends two is to blame. */
const attempts = 2;

let painter: ChildProcess | undefined;
let idleTimer: NodeJS.Timeout | undefined;
let last: Promise<unknown> = Promise.resolve();

export interface PaintOptions {
  /** A picture that takes longer is refused. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The process ended before it answered; the message is what is known of why. */
class PainterEnded extends Error {}

/**
 * Draws an SVG, or decodes a picture of another format that sharp does not read, in a process of its
 * own. Some kilobytes of SVG keep a filter of librsvg busy for as long as their author likes, in a
 * thread that nothing else can end and of which the decoders of all other files have only four; and
 * the decoders in JavaScript would keep the thread that answers searches.
 * One picture is drawn at a time.
 *
 * @throws FamiliarError as `decodeImage`, or `internal` where no process can be started; AbortError.
 */
export function paint(request: PaintRequest, options: PaintOptions): Promise<Painted> {
  const painted = last.then(() => paintNow(request, options));
  last = painted.catch(() => undefined);
  return painted;
}

async function paintNow(request: PaintRequest, options: PaintOptions): Promise<Painted> {
  const { timeoutMs, signal } = options;
  const what = request.format.toUpperCase();
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutMs);
    const stop = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      return resultOf(await ask(request, stop));
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted) {
        const expected = `Expected a picture (${what}) that is drawn within ${timeoutMs / 1000} seconds`;
        throw damaged(expected, error);
      }
      if (!(error instanceof PainterEnded)) {
        throw error;
      }
      if (attempt === attempts) {
        const expected = `Expected a picture (${what}) but the process that draws it ended`;
        throw damaged(`${expected} (${error.message})`, error);
      }
    }
  }
}

function resultOf(reply: PaintReply): Painted {
  if ('failure' in reply) {
    const { code, message, remedy } = reply.failure;
    throw new FamiliarError(code, message, { remedy });
  }
  return reply.painted;
}

/** Sends one request and waits for the answer; whatever comes instead of it ends the process. */
async function ask(request: PaintRequest, stop: AbortSignal): Promise<PaintReply> {
  clearTimeout(idleTimer);
  const child = openPainter();
  setKeepingAlive(child, true);
  try {
    const [reply] = await Promise.all([nextMessage(child, stop), send(child, request)]);
    setKeepingAlive(child, false);
    idleTimer = setTimeout(() => endPainter(child), idleMs).unref();
    return reply;
  } catch (error) {
    endPainter(child);
    throw error;
  }
}

function openPainter(): ChildProcess {
  if (painter === undefined) {
    const child = fork(fileURLToPath(entry), [], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.once('exit', () => forget(child));
    child.on('error', () => forget(child));
    painter = child;
  }
  return painter;
}

function endPainter(child: ChildProcess): void {
  forget(child);
  child.kill('SIGKILL');
}

function forget(child: ChildProcess): void {
  if (painter === child) {
    painter = undefined;
  }
}

/** A process that waits for work does not keep this one from ending. */
function setKeepingAlive(child: ChildProcess, isKeeping: boolean): void {
  for (const handle of [child, child.channel]) {
    if (isKeeping) {
      handle?.ref();
    } else {
      handle?.unref();
    }
  }
}

async function nextMessage(child: ChildProcess, stop: AbortSignal): Promise<PaintReply> {
  const settled = new AbortController();
  const signal = AbortSignal.any([stop, settled.signal]);
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([reply]) => reply as PaintReply),
      once(child, 'exit', { signal }).then(([code, name]) => {
        throw new PainterEnded(name ?? `code ${code}`);
      }),
    ]);
  } catch (error) {
    throw child.pid === undefined ? notStarted(error) : error;
  } finally {
    settled.abort();
  }
}

function send(child: ChildProcess, request: PaintRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    child.send(request, (error) => {
      if (error === null) {
        resolve();
      } else {
        reject(child.pid === undefined ? notStarted(error) : new PainterEnded(error.message));
      }
    });
  });
}

function notStarted(cause: unknown): FamiliarError {
  return new FamiliarError(
    'internal',
    `Expected a process that draws pictures to start but ${messageOf(cause)}`,
    { remedy: 'Close other programs, then try the file again.', cause },
  );
}
