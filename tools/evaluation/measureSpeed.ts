import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Box, Size } from '../../src/common/geometry.ts';
import { readImageFile } from '../../src/engine/files/readImageFile.ts';
import { decodeImage } from '../../src/engine/imaging/decodeImage.ts';
import { ImageProcessor, releasePixels } from '../../src/engine/indexing/imageProcessor.ts';
import { ThumbnailCache } from '../../src/engine/library/thumbnailCache.ts';
import type { ModelSet } from '../../src/engine/models/modelSet.ts';
import { drawIllustration } from '../sample/generateSample.ts';
import { maxPixels } from './evaluationPipeline.ts';

const stages = ['decode', 'prepare', 'detect', 'crop', 'identity', 'look'] as const;
type Stage = (typeof stages)[number];

export interface SpeedMeasures {
  readonly machine: string;
  readonly provider: string;
  /** Batches that the engine works on at the same time; each stage below uses one of them. */
  readonly streams: number;
  /** Median milliseconds per stage, one picture at a time; crop and identity per face. */
  readonly stages: Readonly<Record<Stage, number>>;
  /**
   * From the file to vectors and thumbnail for a PNG of 1,920 × 1,080 that shows two characters,
   * nothing else running; the faces are those that the detector finds.
   */
  readonly illustrationMs: number;
  readonly illustrationFaces: number;
}

const timedPictures = 40;
const illustrationRounds = 9;
const illustrationSize: Size = { width: 1920, height: 1080 };
const maxFileBytes = 100_000_000;

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
  const illustration = await timeIllustration(models);
  return {
    machine: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`,
    provider: models.report.active ?? 'none',
    streams: models.streams,
    stages: Object.fromEntries(stages.map((stage) => [stage, median(times[stage])])) as Record<
      Stage,
      number
    >,
    illustrationMs: illustration.ms,
    illustrationFaces: illustration.faces,
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
  const { raster } = await measure('decode', () => decodeImage(bytes, { maxPixels }));
  const prepared = await measure('prepare', () => models.detector.prepare(raster));
  await measure('detect', () => models.detector.detect([prepared]));
  const face = centralBox(raster);
  const crop = await measure('crop', () => models.cropFace(raster, face));
  await measure('identity', () => models.identity.embed([crop]));
  const fitted = await models.fitLook(raster);
  await measure('look', () => models.look.embed([fitted]));
}

/** A box like that of a face: crop and identity take as long whatever it shows. */
function centralBox({ width, height }: Size): Box {
  const side = Math.min(width, height) / 4;
  return { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side };
}

/** What indexing does with one file, but for the database. */
async function timeIllustration(models: ModelSet): Promise<{ ms: number; faces: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'familiar-speed-'));
  try {
    const path = join(folder, 'illustration.png');
    await writeFile(path, await drawIllustration(illustrationSize, 1));
    const thumbnails = new ThumbnailCache(join(folder, 'thumbnails'));
    const processor = new ImageProcessor({
      models: { get: async () => models, use: (work) => work(models) },
      thumbnails,
      maxPixels: () => maxPixels,
    });
    const { signal } = new AbortController();
    const rounds: number[] = [];
    let faces = 0;
    for (let round = 0; round < illustrationRounds; round++) {
      const { ms, result } = await timed(async () => {
        const file = await readImageFile(path, { maxBytes: maxFileBytes, signal });
        const prepared = await processor.prepare(file, [], signal);
        const [image] = await processor.infer([prepared], signal);
        releasePixels(prepared);
        return { contentHash: file.contentHash, faces: image?.faces.length ?? 0 };
      });
      rounds.push(ms);
      faces = result.faces;
      await thumbnails.delete([result.contentHash]);
    }
    return { ms: median(rounds), faces };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
