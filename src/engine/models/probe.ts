import { FamiliarError } from '../../common/failure.ts';
import type { Size } from '../../common/geometry.ts';
import type { Raster } from '../../common/raster.ts';
import { dot, normalise } from '../../common/vector.ts';
import type { InferenceRunner } from './inferencePool.ts';
import { type Manifest, type ModelRole, modelRoles } from './manifest.ts';
import type { FloatTensor } from './runtime.ts';

/**
 * A picture that always has the same pixels: soft colours, a few discs and a little noise, so
 * that edges, areas and textures all take part in the comparison.
 */
function probePicture({ width, height }: Size, seed: number): Raster {
  const data = new Uint8Array(width * height * 3);
  // Numerical Recipes' linear congruential generator; quality does not matter here.
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const discs = Array.from({ length: 6 }, () => ({
    x: random() * width,
    y: random() * height,
    radius: (0.05 + 0.2 * random()) * Math.min(width, height),
    colour: [random() * 255, random() * 255, random() * 255] as const,
  }));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const disc = discs.find((one) => Math.hypot(x - one.x, y - one.y) < one.radius);
      const soft = [(255 * x) / width, (255 * y) / height, 128] as const;
      const noise = 16 * random();
      for (let c = 0; c < 3; c++) {
        data[(y * width + x) * 3 + c] = (disc?.colour ?? soft)[c as 0 | 1 | 2] * 0.9 + noise;
      }
    }
  }
  return { data, width, height };
}

export type ProbeBatch = Readonly<Record<ModelRole, Raster>>;
export type ProbeOutput = Readonly<Record<ModelRole, FloatTensor>>;

/** One picture per model, in the size that the model takes. */
export function probeBatch(manifest: Manifest): ProbeBatch {
  return {
    detector: probePicture(manifest.detector.input, 1),
    identity: probePicture(manifest.identity.input, 2),
    look: probePicture(manifest.look.input, 3),
  };
}

/** Runs every model once, one after the other. */
export async function runProbe(runner: InferenceRunner, batch: ProbeBatch): Promise<ProbeOutput> {
  const outputs: [ModelRole, FloatTensor][] = [];
  for (const role of modelRoles) {
    outputs.push([role, await runner.run(role, [batch[role]])]);
  }
  return Object.fromEntries(outputs) as Record<ModelRole, FloatTensor>;
}

/** Least cosine between the embeddings of two providers that count as the same. */
const minimumCosine = 0.999;
/** Furthest that a box may move (input pixels), and its score change. */
const maximumShiftPx = 1;
const maximumScoreChange = 0.02;
/** Boxes are compared at this many anchors, those with the best scores of the reference. */
const comparedAnchors = 100;

/**
 * Compares a provider's outputs with the CPU's.
 *
 * @returns why they differ too much, or null where they agree.
 */
export function compareProbe(
  reference: ProbeOutput,
  candidate: ProbeOutput,
  { detector }: Manifest,
): string | null {
  for (const role of modelRoles) {
    if (reference[role].shape.join() !== candidate[role].shape.join()) {
      return `its ${role} output has the shape [${candidate[role].shape}] instead of [${reference[role].shape}]`;
    }
    if (!candidate[role].data.every(Number.isFinite)) {
      return `its ${role} output holds numbers that are not finite`;
    }
  }
  for (const role of ['identity', 'look'] as const) {
    const cosine = dot(normalise(reference[role].data), normalise(candidate[role].data));
    if (cosine < minimumCosine) {
      return `its ${role} vectors differ from the CPU's (cosine ${cosine.toFixed(4)})`;
    }
  }
  return compareBoxes(reference.detector, candidate.detector, 4 + detector.output.classes);
}

function compareBoxes(reference: FloatTensor, candidate: FloatTensor, rows: number): string | null {
  const channelFirst = reference.shape[1] === rows;
  const anchors = reference.data.length / rows;
  const at = (anchor: number, row: number) =>
    channelFirst ? row * anchors + anchor : anchor * rows + row;
  const best = Array.from({ length: anchors }, (_, anchor) => anchor)
    .sort((a, b) => (reference.data[at(b, 4)] as number) - (reference.data[at(a, 4)] as number))
    .slice(0, comparedAnchors);
  for (const anchor of best) {
    for (let row = 0; row < rows; row++) {
      const expected = reference.data[at(anchor, row)] as number;
      const difference = Math.abs((candidate.data[at(anchor, row)] as number) - expected);
      if (difference > (row < 4 ? maximumShiftPx : maximumScoreChange)) {
        return row < 4
          ? `its boxes are up to ${difference.toFixed(1)} px away from the CPU's`
          : `its scores differ from the CPU's by ${difference.toFixed(3)}`;
      }
    }
  }
  return null;
}

/** Measuring stops after this long or this many rounds; the fastest round counts. */
const measureForMs = 600;
const maximumRounds = 5;

export interface Load {
  /** Batches under way at the same time. */
  readonly streams: number;
  /** Pictures per batch. */
  readonly batch: number;
}

/** Pictures per second where each is detected, embedded once as a face and once as a whole. */
export async function measureSpeed(
  runner: InferenceRunner,
  { detector, identity, look }: ProbeBatch,
  { streams, batch }: Load,
): Promise<number> {
  const times = (raster: Raster, role: ModelRole) =>
    Array<Raster>(Math.min(batch, runner.batchSize(role))).fill(raster);
  const one = async () => {
    for (let done = 0; done < batch; ) {
      const rasters = times(detector, 'detector');
      await runner.run('detector', rasters);
      done += rasters.length;
    }
    await runner.run('identity', times(identity, 'identity'));
    await runner.run('look', times(look, 'look'));
  };
  const started = performance.now();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < maximumRounds; round++) {
    const roundStarted = performance.now();
    await Promise.all(Array.from({ length: streams }, one));
    best = Math.min(best, performance.now() - roundStarted);
    if (performance.now() - started > measureForMs) {
      break;
    }
  }
  return (1000 * streams * batch) / best;
}

/** Pictures per detector batch that are tried on an accelerator, smallest first. */
const triedBatches = [1, 4, 8];
export const largestBatch = Math.max(...triedBatches);

/**
 * The batch with which an accelerator is fastest. One that its memory does not hold fails, which
 * ends the search as being no faster does.
 *
 * @param measure pictures per second with a batch of so many.
 * @throws FamiliarError `provider-failed` where even the smallest batch fails.
 */
export async function fastestBatch(
  measure: (batch: number) => Promise<number>,
): Promise<{ readonly batch: number; readonly imagesPerSecond: number }> {
  let best = { batch: 0, imagesPerSecond: 0 };
  for (const batch of triedBatches) {
    let imagesPerSecond: number;
    try {
      imagesPerSecond = await measure(batch);
    } catch (error) {
      if (best.batch > 0 && error instanceof FamiliarError && error.code === 'provider-failed') {
        break;
      }
      throw error;
    }
    if (imagesPerSecond <= best.imagesPerSecond) {
      break;
    }
    best = { batch, imagesPerSecond };
  }
  return best;
}
