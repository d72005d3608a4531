import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FamiliarError } from '../../src/common/failure.ts';
import type { EngineMethod } from '../../src/protocol/engineProtocol.ts';
import { writeTestModels } from '../unit/models/testModels.ts';
import { engineSamples } from '../unit/protocol/engineSamples.ts';
import { spoiled } from '../webview/harness/arbitraries.ts';
import { EngineProcess } from './support/engineProcess.ts';
import { writePictures } from './support/pictures.ts';

const seed = 20_261_124;

/** Left out: what ends the engine, and what writes to a place that the message names. */
const harmless = (Object.keys(engineSamples) as EngineMethod[]).filter(
  (method) => !['initialize', 'shutdown', 'export'].includes(method),
);

let base: string;
let engine: EngineProcess;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'protocol-'));
  const folder = join(base, 'art');
  await writePictures(folder, { count: 6, seed, redShare: 0.1 });
  const models = await writeTestModels(join(base, 'models'));
  engine = await EngineProcess.start({ folder, storage: join(base, 'library'), models });
  await engine.index();
});
afterAll(async () => {
  await engine.killed();
  await rm(base, { recursive: true });
});

const requests = fc
  .constantFrom(...harmless)
  .chain((method) =>
    fc.tuple(
      fc.constant(method),
      fc.oneof(spoiled(engineSamples[method]), fc.constant(engineSamples[method]), fc.jsonValue()),
    ),
  );

it('a real engine settles every message with an answer or a reason, and lives on', async () => {
  const { pid } = engine;
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: 1, maxLength: 6 }), async (messages) => {
      const outcomes = await Promise.allSettled(
        messages.map(([method, params]) => engine.request(method, params as never)),
      );
      for (const [n, outcome] of outcomes.entries()) {
        if (outcome.status === 'rejected') {
          const error: unknown = outcome.reason;
          expect(error, JSON.stringify(messages[n])).toBeInstanceOf(FamiliarError);
          expect((error as FamiliarError).code, `${error} ${JSON.stringify(messages[n])}`).not.toBe(
            'internal',
          );
        }
      }
      expect(engine.hasExited).toBe(false);
    }),
    { seed, numRuns: 150 },
  );
  expect(engine.pid).toBe(pid);
  expect((await engine.request('doctor', null)).checks.length).toBeGreaterThan(3);
});
