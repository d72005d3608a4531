import { env, InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { FamiliarError, messageOf } from '../../common/failure.ts';
import type { ExecutionProvider } from '../../common/settings.ts';
import { orderedQueue } from './orderedQueue.ts';

/**
 * The only importer of onnxruntime-node, whose `run` blocks the thread that calls it: sessions
 * live in inference hosts (`inferenceHost.ts`), never in the engine's main thread.
 */
export type Provider = Exclude<ExecutionProvider, 'auto'>;

const ortNames = {
  cpu: 'cpu',
  webgpu: 'webgpu',
  cuda: 'cuda',
  directml: 'dml',
  coreml: 'coreml',
} as const satisfies Record<Provider, string>;

// Providers report on stderr whatever they miss; what matters arrives as an error.
env.logLevel = 'fatal';

export const runtimeVersion = env.versions.node ?? env.versions.common;

/** The providers that this build of the runtime knows; whether one works only a probe tells. */
export function listProviders(): Provider[] {
  const listed = new Set(listSupportedBackends().map((backend) => backend.name));
  return (Object.keys(ortNames) as Provider[]).filter((name) => listed.has(ortNames[name]));
}

export interface FloatTensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export interface SessionOptions {
  readonly file: string;
  readonly provider: Provider;
  /** Threads within one operator (CPU only). */
  readonly threads: number;
  readonly inputName: string;
  readonly outputName: string;
}

export interface Session {
  /** The only batch size that the model takes; null where it takes any. */
  readonly fixedBatch: number | null;
  /**
   * Runs the model on one float32 tensor. Runs of one session follow each other in call order.
   *
   * @throws FamiliarError `provider-failed` when the runtime fails, `model-output` when the
   *   output is not float32.
   */
  run(input: FloatTensor): Promise<FloatTensor>;
  dispose(): Promise<void>;
}

function checkName(kind: string, expected: string, actual: readonly string[], file: string) {
  if (!actual.includes(expected)) {
    throw new FamiliarError(
      'model-manifest',
      `Expected an ${kind} named "${expected}" in ${file} but it has: ${actual.join(', ')}.`,
      { remedy: `Name the ${kind} in the manifest as the model does.` },
    );
  }
}

/**
 * Loads a model onto a provider.
 *
 * @throws FamiliarError `provider-failed` when the provider cannot be used or the file is not a
 *   model, `model-manifest` when the named input or output is missing.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { file, provider, inputName, outputName } = options;
  const session = await create(options);
  checkName('input', inputName, session.inputNames, file);
  checkName('output', outputName, session.outputNames, file);
  const inTurn = orderedQueue();
  return {
    fixedBatch: fixedBatch(session, inputName),
    run: (input) =>
      inTurn(async () => {
        const tensor = new Tensor('float32', input.data, input.shape);
        let output: Tensor | undefined;
        try {
          output = (await session.run({ [inputName]: tensor }, [outputName]))[outputName] as Tensor;
        } catch (cause) {
          throw providerFailure(provider, `could not run ${file}`, cause);
        }
        if (!(output?.data instanceof Float32Array)) {
          throw new FamiliarError(
            'model-output',
            `Expected float32 from ${outputName} of ${file} but received ${output?.type}.`,
            { remedy: 'Export the model with a float32 output.' },
          );
        }
        return { data: output.data, shape: output.dims };
      }),
    dispose: () => inTurn(() => session.release()),
  };
}

function fixedBatch(session: InferenceSession, inputName: string): number | null {
  const metadata = session.inputMetadata.find(({ name }) => name === inputName);
  const batch = metadata?.isTensor ? metadata.shape[0] : undefined;
  return typeof batch === 'number' ? batch : null;
}

async function create({ file, provider, threads }: SessionOptions): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(file, {
      executionProviders: [ortNames[provider]],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      // Planned memory would be kept for every input size that ever came.
      enableMemPattern: false,
      logSeverityLevel: 4,
      // Threads that wait by spinning would take the cores from the decoders.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (cause) {
    throw providerFailure(provider, `could not load ${file}`, cause);
  }
}

function providerFailure(provider: Provider, what: string, cause: unknown): FamiliarError {
  const message = messageOf(cause);
  // The runtime puts the place in its sources and the failed condition in front.
  const reason = message
    .replace(/^.* was false\. /s, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return new FamiliarError('provider-failed', `The provider "${provider}" ${what}: ${reason}`, {
    remedy:
      provider === 'cpu'
        ? 'Check that the file is an ONNX model that this version of the runtime can run.'
        : 'Update the graphics driver, or set the execution provider to "cpu".',
    cause,
  });
}
