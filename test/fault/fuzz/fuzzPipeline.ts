import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineClient } from '../../../src/host/client/engineClient.ts';
import type { EngineResult } from '../../../src/protocol/engineProtocol.ts';
import { clientOptions } from '../../engine/support/engineProcess.ts';
import { writeTestModels } from '../../unit/models/testModels.ts';
import { until } from '../support/until.ts';
import { mutate } from './mutate.ts';
import { createSeedFiles } from './seedFiles.ts';

export interface PipelineResult {
  readonly files: number;
  /** Code → how many. */
  readonly failures: ReadonlyMap<string, number>;
  /** How often the engine ended and was started again. */
  readonly deaths: number;
  /** Files that are neither indexed nor recorded as failed, or failed without a reason. */
  readonly wrong: readonly string[];
}

/** Indexes mutants with an engine as the extension host starts it. */
export async function fuzzPipeline(options: {
  readonly seed: number;
  readonly files: number;
}): Promise<PipelineResult> {
  const base = await mkdtemp(join(tmpdir(), 'fuzz-'));
  const folder = join(base, 'art');
  const models = await writeTestModels(join(base, 'models'));
  let deaths = 0;
  const usual = clientOptions({ folder, storage: join(base, 'library'), autoStart: true });
  const client = new EngineClient({
    ...usual,
    maxCrashes: 1_000,
    log: { ...usual.log, warn: () => deaths++ },
    initializeParams: () => {
      const params = usual.initializeParams();
      return { ...params, settings: { ...params.settings, modelsFolder: models } };
    },
  });
  try {
    await writeMutants(folder, options);
    await client.start();
    await until(() => isIdle(client));
    const stats = await client.request('stats', null);
    const failed = await client.request('failures', null);
    return { files: stats.files, deaths, ...judge(stats, failed, options.files) };
  } finally {
    await client.dispose();
    await rm(base, { recursive: true, force: true });
  }
}

async function writeMutants(
  folder: string,
  { seed, files }: { readonly seed: number; readonly files: number },
): Promise<void> {
  const seeds = await createSeedFiles();
  await mkdir(folder);
  for (let number = 0; number < files; number++) {
    const { ending, bytes } = mutate(seeds, seed, number);
    await writeFile(join(folder, `${number}.${ending}`), bytes);
  }
}

async function isIdle(client: EngineClient): Promise<boolean> {
  try {
    const { phase, total } = await client.request('progress', null);
    return phase === 'idle' && total > 0;
  } catch {
    // It has just died; the client is about to start it again.
    return false;
  }
}

function judge(
  { files }: EngineResult<'stats'>,
  failed: EngineResult<'failures'>,
  total: number,
): Pick<PipelineResult, 'failures' | 'wrong'> {
  const failures = new Map<string, number>();
  const wrong: string[] = [];
  for (const { code, relativePath, message } of failed) {
    failures.set(code, (failures.get(code) ?? 0) + 1);
    if (code === 'internal') {
      wrong.push(`${relativePath}: ${message}`);
    }
  }
  if (files + failed.length !== total) {
    wrong.push(`${files} indexed and ${failed.length} failed of ${total}`);
  }
  return { failures, wrong };
}
