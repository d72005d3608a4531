import { parentPort, type TransferListItem } from 'node:worker_threads';
import { toFamiliarError } from '../../common/failure.ts';
import type {
  HostedModel,
  HostReply,
  HostRequest,
  HostRequestMessage,
  HostResults,
} from './inferenceMessages.ts';
import type { ModelRole } from './manifest.ts';
import { orderedQueue } from './orderedQueue.ts';
import {
  listProviders,
  openSession,
  type Provider,
  runtimeVersion,
  type Session,
} from './runtime.ts';
import { tensorFiller } from './tensor.ts';

/**
 * Entry of a thread or process that owns sessions. Everything happens in the order of the
 * requests, over all models: WebGPU crashes when two sessions run at once.
 */
interface LoadedModel {
  readonly session: Session;
  readonly fill: ReturnType<typeof tensorFiller>;
}

const models = new Map<ModelRole, LoadedModel>();
const inTurn = orderedQueue();

async function open(provider: Provider, threads: number, wanted: readonly HostedModel[]) {
  const fixedBatches: (number | null)[] = [];
  for (const { role, file, input, outputName } of wanted) {
    const session = await openSession({
      file,
      provider,
      threads,
      inputName: input.name,
      outputName,
    });
    models.set(role, { session, fill: tensorFiller(input) });
    fixedBatches.push(session.fixedBatch);
  }
  return { fixedBatches };
}

async function handle(request: HostRequest): Promise<HostResults[keyof HostResults]> {
  switch (request.kind) {
    case 'about':
      return { version: runtimeVersion, providers: listProviders() };
    case 'open':
      return open(request.provider, request.threads, request.models);
    case 'run': {
      const model = models.get(request.role);
      if (model === undefined) {
        throw new Error(`Expected the ${request.role} model to be open.`);
      }
      const output = await model.session.run(model.fill(request.batch));
      return { output, pixels: request.batch.pixels };
    }
  }
}

async function reply({ id, request }: HostRequestMessage): Promise<HostReply> {
  try {
    return { id, result: await handle(request) };
  } catch (error) {
    const { code, message, remedy } = toFamiliarError(error);
    return { id, failure: { code, message, remedy } };
  }
}

const port = parentPort;
if (port !== null) {
  port.on('message', (message: HostRequestMessage) => {
    void inTurn(async () => {
      const { request } = message;
      const transfer: TransferListItem[] =
        request.kind === 'run' ? [request.batch.pixels.buffer as ArrayBuffer] : [];
      port.postMessage(await reply(message), transfer);
    });
  });
} else {
  process.on('message', (message: HostRequestMessage) => {
    void inTurn(async () => {
      const answer = await reply(message);
      // Pixels sent to a process were a copy: nothing to give back.
      process.send?.(
        'result' in answer && 'pixels' in answer.result
          ? { id: answer.id, result: { output: answer.result.output, pixels: new Uint8Array(0) } }
          : answer,
      );
    });
  });
  // An orderly exit can hang in the graphics driver's clean-up (onnxruntime#29553), and there
  // is nothing to save.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}
