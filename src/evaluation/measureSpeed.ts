import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import type { Box } from '../base/geometry.ts';
import { decodeImage } from '../engine/imaging/decodeImage.ts';
import { encodePng } from '../engine/imaging/encode.ts';
import type { ModelSet } from '../engine/models/modelSet.ts';
import { probePicture } from '../engine/models/probe.ts';

const stages = ['decode', 'prepare', 'detect', 'crop', 'identity', 'look'] as const;
type Stage = (typeof stages)[number];

export interface SpeedMeasures {
  readonly machine: string;
  readonly provider: string;
  /** Batches that the engine works on at the same time; each stage below uses one of them. */
  readonly streams: number;
  /** Median milliseconds per stage, one picture at a time; crop and identity per face. */
  readonly stages: Readonly<Record<Stage, number>>;
  /** From bytes to vectors for a PNG of 1,920 × 1,080 with two faces, nothing else running. */
  readonly illustrationMs: number;
  readonly illustrationFaces: number;
}

const timedPictures = 40;
const illustrationRounds = 7;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Milliseconds that the task took, and its result. */
async function timed<T>(task: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const started = performance.now();
  const result = await task();
  return { ms: performance.now() - started, result };
}

export async function measureSpeed(
  models: ModelSet,
  paths: readonly string[],
): Promise<SpeedMeasures> {
  const times: Record<Stage, number[]> = {
    decode: [],
    prepare: [],
    detect: [],
    crop: [],
    identity: [],
    look: [],
  };
  const step = Math.max(1, paths.length / timedPictures);
  for (let i = 0; i < paths.length; i += step) {
    await timeStages(models, await readFile(paths[Math.floor(i)] as string), times);
  }
  const illustration = await encodePng(probePicture({ width: 1920, height: 1080 }, 4));
  const rounds: number[] = [];
  let faces = 0;
  for (let round = 0; round < illustrationRounds; round++) {
    const { ms, result } = await timed(() => processIllustration(models, illustration));
    rounds.push(ms);
    faces = result;
  }
  return {
    machine: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`,
    provider: models.report.active ?? 'none',
    streams: models.streams,
    stages: Object.fromEntries(stages.map((stage) => [stage, median(times[stage])])) as Record<
      Stage,
      number
    >,
    illustrationMs: median(rounds),
    illustrationFaces: faces,
  };
}

async function timeStages(
  models: ModelSet,
  bytes: Uint8Array,
  times: Record<Stage, number[]>,
): Promise<void> {
  const measure = async <T>(stage: Stage, task: () => Promise<T>): Promise<T> => {
    const { ms, result } = await timed(task);
    times[stage].push(ms);
    return result;
  };
  const { raster } = await measure('decode', () => decodeImage(bytes, { maxPixels: 1e8 }));
  const prepared = await measure('prepare', () => models.detector.prepare(raster));
  await measure('detect', () => models.detector.detect([prepared]));
  const face = centralBox(raster, 0);
  const crop = await measure('crop', () => models.cropFace(raster, face));
  await measure('identity', () => models.identity.embed([crop]));
  const fitted = await models.fitLook(raster);
  await measure('look', () => models.look.embed([fitted]));
}

/** A box like that of a face: the generated illustration has none that could be found. */
function centralBox({ width, height }: { width: number; height: number }, shift: number): Box {
  const side = Math.min(width, height) / 4;
  return { x: (width - side) / 2 + shift, y: (height - side) / 2, width: side, height: side };
}

/** What indexing does with one file; two faces are looked at and embedded whatever the detector says. */
async function processIllustration(models: ModelSet, bytes: Uint8Array): Promise<number> {
  const { raster } = await decodeImage(bytes, { maxPixels: 1e8 });
  const boxes = [centralBox(raster, -400), centralBox(raster, 400)];
  const [prepared, fitted] = await Promise.all([
    models.detector.prepare(raster),
    models.fitLook(raster),
  ]);
  await Promise.all([
    models.look.embed([fitted]),
    (async () => {
      await models.detector.look([prepared]);
      const faces = boxes.map((box) => ({ box, score: 1 }));
      await models.detector.refine(await models.detector.closerViews([prepared], [faces]));
      const crops = await Promise.all(boxes.map((box) => models.cropFace(raster, box)));
      await models.identity.embed(crops);
    })(),
  ]);
  return boxes.length;
}
