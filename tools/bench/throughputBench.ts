import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Raster } from '../../src/common/raster.ts';
import type { ExecutionProvider } from '../../src/common/settings.ts';
import { readImageFile } from '../../src/engine/files/readImageFile.ts';
import { decodeImage } from '../../src/engine/imaging/decodeImage.ts';
import type { FirstSeen } from '../../src/engine/models/boxRefinement.ts';
import type { PreparedImage } from '../../src/engine/models/faceDetector.ts';
import { ModelSet } from '../../src/engine/models/modelSet.ts';
import { generateSample } from '../sample/generateSample.ts';
import { openBenchEngine } from './benchEngine.ts';
import { median, residentMb, type Table, type Timing, timed } from './measure.ts';
import { openSequentialScript } from './sequentialScript.ts';

export interface ThroughputOptions {
  /** Folder of the models. */
  readonly models: string;
  /** What the whole run and inference alone run on; the script always runs on the CPU. */
  readonly provider: ExecutionProvider;
  /** Pictures of the generated library. */
  readonly images: number;
  readonly rounds: number;
  readonly onProgress: (what: string) => void;
}

/** The inputs of all models for one picture, made before the clock runs. */
interface ReadyPicture {
  readonly detector: PreparedImage;
  readonly firstSeen: readonly FirstSeen[];
  readonly look: Raster;
  readonly heads: readonly Raster[];
}

/** The whole run against inference alone and against a script that does one step at a time. */
export async function benchThroughput(options: ThroughputOptions): Promise<Table> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-art-'));
  try {
    options.onProgress(`drawing ${options.images} pictures`);
    const { images, models, onProgress, provider, rounds } = options;
    const drawn = await generateSample({ folder, characters: 12, images, seed: 3 });
    const paths = drawn.map(({ file }) => join(folder, file));
    const whole: Timing[] = [];
    const inference: Timing[] = [];
    const decoding: Timing[] = [];
    const script: Timing[] = [];
    let peakMb = 0;
    let active = '';
    for (let round = 1; round <= rounds; round++) {
      onProgress(`round ${round} of ${rounds}: the whole run`);
      const run = await timeEngine({ folder, paths, models, provider });
      whole.push(run);
      peakMb = Math.max(peakMb, run.residentMb);
      onProgress(`round ${round} of ${rounds}: inference alone`);
      const alone = await timeInference({ paths, models, provider });
      inference.push(alone);
      active = alone.active;
      onProgress(`round ${round} of ${rounds}: decoding alone`);
      decoding.push(await timeDecoding(paths));
      onProgress(`round ${round} of ${rounds}: the sequential script`);
      script.push(await timeScript(paths, models));
    }
    return toTable(images, { whole, inference, decoding, script, peakMb, rounds, active });
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Times {
  readonly whole: readonly Timing[];
  readonly inference: readonly Timing[];
  readonly decoding: readonly Timing[];
  readonly script: readonly Timing[];
  readonly peakMb: number;
  readonly rounds: number;
  /** The provider that ran the models of the whole run and of inference alone. */
  readonly active: string;
}

function toTable(
  images: number,
  { whole, inference, decoding, script, peakMb, rounds, active }: Times,
): Table {
  // Ratios within a round: what else the machine does changes from round to round.
  const ratio = (over: readonly Timing[], under: readonly Timing[], kind: keyof Timing = 'ms') =>
    median(over.map((timing, round) => timing[kind] / (under[round] as Timing)[kind]));
  const seconds = (timings: readonly Timing[], kind: keyof Timing) =>
    median(timings.map((timing) => timing[kind])) / 1_000;
  const row = (name: string, timings: readonly Timing[], note: string) => [
    name,
    seconds(timings, 'ms').toFixed(1),
    seconds(timings, 'processorMs').toFixed(1),
    (images / seconds(timings, 'ms')).toFixed(1),
    note,
  ];
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const overhead = (kind: keyof Timing) => percent(ratio(whole, inference, kind) - 1);
  const share = (kind: keyof Timing) => percent(ratio(decoding, inference, kind));
  return {
    title: 'Throughput',
    note: `${images} generated pictures on ${availableParallelism()} cores, medians of ${rounds} rounds in which they take turns; models are loaded before the clock runs. The whole run finds, reads, hashes, decodes, detects, crops, embeds, makes thumbnails, stores and indexes. Inference alone is the same models on the same inputs, prepared before, in batches of the same size. Both run the models on the provider "${active}". Decoding alone reads, hashes and decodes the files on as many threads: the part of the overhead that no engine is without. The script is what a person would write without the engine: sharp and the runtime with their own settings (the CPU, the runtime's threads on all cores), for every step (metadata, detector input, each head, look input, thumbnail) the file opened anew, one step awaited after the other, the input sizes of the manifest; it hashes and stores nothing. Goals: overhead under 10 %, at least 1.8× the script. Resident memory of the process after the whole run, with the runs before: ${peakMb.toFixed(0)} MB.`,
    columns: ['what', 'seconds', 'processor s', 'images/s', 'by the clock (by processor time)'],
    rows: [
      row('whole run', whole, ''),
      row('inference alone', inference, `overhead ${overhead('ms')} (${overhead('processorMs')})`),
      row('decoding alone', decoding, `${share('ms')} of inference (${share('processorMs')})`),
      row('sequential script', script, `${ratio(script, whole).toFixed(2)}× slower`),
    ],
  };
}

interface Run extends Pick<ThroughputOptions, 'models' | 'provider'> {
  readonly paths: readonly string[];
}

async function timeEngine({
  folder,
  paths,
  models,
  provider,
}: Run & { readonly folder: string }): Promise<Timing & { residentMb: number }> {
  const storageFolder = await mkdtemp(join(tmpdir(), 'bench-store-'));
  const engine = await openBenchEngine(folder, storageFolder, models, provider);
  try {
    // A query loads the models.
    const source = { kind: 'path', path: paths[0] as string } as const;
    await engine.queries.open(source, new AbortController().signal);
    const timing = await timed(async () => {
      engine.indexing.start({ force: false });
      await engine.settled();
    });
    const { done, failures } = engine.indexing.progress;
    if (done !== paths.length || failures > 0) {
      throw new Error(
        `Expected ${paths.length} pictures indexed but ${done} are, ${failures} failed.`,
      );
    }
    return { ...timing, residentMb: residentMb() };
  } finally {
    await engine.close();
    await rm(storageFolder, { recursive: true });
  }
}

async function timeInference({
  paths,
  models: folder,
  provider,
}: Run): Promise<Timing & { active: string }> {
  const models = await ModelSet.load({
    folder,
    provider,
    threads: availableParallelism(),
    cacheFolder: join(tmpdir(), 'bench-providers'),
    log: () => undefined,
    onFallback: ({ refused }) => {
      throw new Error(`Expected the provider to last but ${refused.at(-1)?.reason}.`);
    },
  });
  try {
    const ready: ReadyPicture[] = [];
    for (const path of paths) {
      ready.push(await prepare(models, await readFile(path)));
    }
    const timing = await timed(() => inferAll(models, ready));
    return { ...timing, active: models.report.active ?? provider };
  } finally {
    await models.dispose();
  }
}

async function prepare(models: ModelSet, bytes: Uint8Array): Promise<ReadyPicture> {
  const { raster } = await decodeImage(bytes, { maxPixels: 1e8 });
  const detector = await models.detector.prepare(raster);
  const found = await models.detector.look([detector]);
  const [firstSeen = []] = await models.detector.closerViews([detector], found);
  const [faces = []] = await models.detector.refine([firstSeen]);
  const heads = await Promise.all(faces.map(({ box }) => models.cropFace(raster, box)));
  return { detector, firstSeen, look: await models.fitLook(raster), heads };
}

/** As much at once as keeps every stream busy, as the engine does. */
async function inferAll(models: ModelSet, ready: readonly ReadyPicture[]): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < ready.length) {
      const batch = ready.slice(next, next + models.detectorBatch);
      next += batch.length;
      await models.detector.look(batch.map(({ detector }) => detector));
      await models.detector.refine(batch.map(({ firstSeen }) => firstSeen));
      await models.identity.embed(batch.flatMap(({ heads }) => heads));
      await models.look.embed(batch.map(({ look }) => look));
    }
  };
  await Promise.all(Array.from({ length: models.streams * 2 }, lane));
}

async function timeDecoding(paths: readonly string[]): Promise<Timing> {
  const { signal } = new AbortController();
  const left = paths.values();
  const lane = async () => {
    for (const path of left) {
      const { bytes } = await readImageFile(path, { maxBytes: 1e9, signal });
      await decodeImage(bytes, { maxPixels: 1e8, signal });
    }
  };
  return timed(() => Promise.all(Array.from({ length: availableParallelism() }, lane)));
}

async function timeScript(paths: readonly string[], models: string): Promise<Timing> {
  const script = await openSequentialScript(models);
  try {
    await script.process(paths[0] as string);
    return await timed(async () => {
      for (const path of paths) {
        await script.process(path);
      }
    });
  } finally {
    await script.dispose();
  }
}
