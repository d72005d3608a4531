import type { ModelSet } from '../../src/engine/models/modelSet.ts';
import { type DataFolder, type DetectionSplit, readDataFolder } from './dataFolder.ts';
import { type DetectionMeasures, type FrameResult, measureFrames } from './detectionMeasures.ts';
import { EvaluationPipeline } from './evaluationPipeline.ts';
import { type FusionMeasures, measureFusion } from './measureFusion.ts';
import {
  fusedScores,
  type IdentityContext,
  measureSet,
  type SeenSet,
  type SetMeasures,
  type SetResult,
  toSeenSet,
} from './measureIdentity.ts';
import { type LookMeasures, type LookPicture, measureLook } from './measureLook.ts';
import { measureSpeed, type SpeedMeasures } from './measureSpeed.ts';
import { PairHistogram, type PairMeasures, type ReliabilityBin } from './pairs.ts';
import { trainingData } from './training.ts';

export interface EvaluationOptions {
  readonly dataFolder: string;
  readonly models: ModelSet;
  /** At most this many pictures of every split and set; null for all. */
  readonly limit: number | null;
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

export interface CalibrationMeasures {
  /** Over the pairs within each head crop set, sets weighted by their pairs. */
  readonly pairs: PairMeasures | null;
  readonly reliability: readonly ReliabilityBin[];
}

/** Every figure; shares and scores are fractions, times milliseconds. */
export interface Evaluation {
  readonly detection: Readonly<Record<string, DetectionMeasures>>;
  /** `faces/<set>`, `whole/<set>`, and each kind pooled as `faces` and `whole`. */
  readonly identity: Readonly<Record<string, SetMeasures>>;
  readonly calibration: CalibrationMeasures;
  readonly look: LookMeasures | null;
  readonly fusion: Readonly<Record<string, FusionMeasures>>;
  readonly speed: SpeedMeasures;
  readonly models: {
    readonly name: string;
    readonly revision: string;
    /** What each model was trained on; null where the manifest does not say. */
    readonly trainedOn: Readonly<
      Record<'detector' | 'identity' | 'look', readonly string[] | null>
    >;
  };
}

/** What contact sheets are made of: the figures' single cases. */
export interface EvaluationCases {
  readonly frames: ReadonlyMap<string, readonly (FrameResult & { readonly path: string })[]>;
  readonly sets: readonly (SetResult & { readonly name: string })[];
}

/** So low that average precision sees the whole curve. */
const lowestScore = 0.01;

/**
 * Measures the models on a labelled folder through the engine's own decode, crop, detect and
 * embed functions.
 *
 * @throws FamiliarError when the folder has nothing to measure or a picture cannot be read.
 */
export async function runEvaluation(
  options: EvaluationOptions,
): Promise<{ evaluation: Evaluation; cases: EvaluationCases }> {
  const { models, limit, onProgress } = options;
  const { manifest } = models;
  const data = await readDataFolder(options.dataFolder, limit);
  const pipeline = new EvaluationPipeline(models, onProgress);

  const frames = await detectFrames(pipeline, data.splits);
  const seen = await seeSets(pipeline, data);
  const context: IdentityContext = {
    training: trainingData(manifest, data),
    defaultWeight: manifest.fusion.defaultWeight,
    threshold: manifest.calibration.threshold,
  };
  const kinds = ['faces', 'whole'].map((kind) => ({
    name: kind,
    pictures: seen
      .filter(({ name }) => name.startsWith(`${kind}/`))
      .flatMap(({ pictures }) => pictures),
  }));
  const measured = [...seen, ...kinds].flatMap((set) => {
    const result = measureSet(set, context);
    return result === null ? [] : [{ ...result, name: set.name }];
  });
  const evaluation: Evaluation = {
    detection: Object.fromEntries(
      [...frames].map(([name, results]) => [
        name,
        measureFrames(results, manifest.detector.scoreThreshold),
      ]),
    ),
    identity: Object.fromEntries(measured.map(({ name, measures }) => [name, measures])),
    calibration: calibrate(seen, manifest.calibration),
    look: await measureLook(pipeline, lookSources(seen), await lookFrames(pipeline, data.splits)),
    fusion: Object.fromEntries(
      kinds.flatMap(({ name, pictures }) => {
        const fusion = measureFusion(pictures, context.defaultWeight);
        return fusion === null ? [] : [[name, fusion]];
      }),
    ),
    speed: await measureSpeed(models, somePaths(data)),
    models: {
      name: manifest.name,
      revision: models.revision,
      trainedOn: {
        detector: manifest.detector.trainedOn ?? null,
        identity: manifest.identity.trainedOn ?? null,
        look: manifest.look.trainedOn ?? null,
      },
    },
  };
  return { evaluation, cases: { frames, sets: measured } };
}

async function detectFrames(pipeline: EvaluationPipeline, splits: readonly DetectionSplit[]) {
  const lowest = pipeline.models.facesAt(lowestScore);
  const results = new Map<string, (FrameResult & { readonly path: string })[]>();
  for (const { name, frames } of splits) {
    // Without faces there is no curve: all that counts is what indexing would store, and weaker boxes,
    // of which such pictures are full, need not be looked at more closely.
    const hasFaces = frames.some(({ faces }) => faces.length > 0);
    const reader = hasFaces ? lowest : pipeline.models.faces;
    results.set(
      name,
      await pipeline.each(`detection/${name}`, frames, async ({ path, faces }) => ({
        path,
        faces,
        detections: await pipeline.readFaces(await pipeline.decode(path), reader),
      })),
    );
  }
  return results;
}

async function seeSets(pipeline: EvaluationPipeline, data: DataFolder): Promise<SeenSet[]> {
  const seen: SeenSet[] = [];
  for (const set of data.sets) {
    const vectors = await pipeline.each(set.name, set.pictures, ({ path }) =>
      set.name.startsWith('whole/') ? pipeline.readWhole(path) : pipeline.readHeadCrop(path),
    );
    seen.push(toSeenSet(set, vectors, data));
  }
  return seen;
}

function calibrate(
  seen: readonly SeenSet[],
  { slope, intercept, threshold }: ModelSet['manifest']['calibration'],
): CalibrationMeasures {
  const histogram = new PairHistogram();
  for (const { name, pictures } of seen) {
    if (name.startsWith('faces/')) {
      histogram.add(pictures, fusedScores(pictures, 1));
    }
  }
  return {
    pairs: histogram.measure(threshold),
    reliability: histogram.reliability(
      (cosine) => 1 / (1 + Math.exp(-(slope * cosine + intercept))),
    ),
  };
}

function lookSources(seen: readonly SeenSet[]): LookPicture[] {
  return seen.flatMap(({ name, pictures }) =>
    pictures.map(({ picture, artwork, vectors: { look } }) => ({
      path: picture.path,
      source: name,
      artwork,
      look,
    })),
  );
}

/** Frames have no known source; they fill the gallery. */
async function lookFrames(
  pipeline: EvaluationPipeline,
  splits: readonly DetectionSplit[],
): Promise<LookPicture[]> {
  const frames = splits.flatMap((split) => split.frames);
  return pipeline.each('look: gallery', frames, async ({ path }) => ({
    path,
    source: 'detection',
    artwork: path,
    look: await pipeline.lookOf((await pipeline.decode(path)).raster),
  }));
}

/** Whole pictures where there are any: head crops are too small to time. */
function somePaths({ splits, sets }: DataFolder): string[] {
  const frames = splits.flatMap((split) => split.frames.map(({ path }) => path));
  return frames.length > 0 ? frames : sets.flatMap((set) => set.pictures.map(({ path }) => path));
}
