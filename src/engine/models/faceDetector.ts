import { area, type Box, intersect, type Size } from '../../common/geometry.ts';
import type { Raster } from '../../common/raster.ts';
import { cropSquare, fromLetterbox, type Letterboxed, letterbox } from '../imaging/resize.ts';
import { cutTile } from '../imaging/tiles.ts';
import {
  type CloserView,
  type FirstSeen,
  firstThreshold,
  leastRefinedScore,
  refineBox,
  refinementRegion,
} from './boxRefinement.ts';
import {
  clampDetections,
  type Detection,
  decodeYolo,
  mergeTiles,
  suppressOverlaps,
  type TileDetection,
  voteBoxes,
} from './detections.ts';
import { type DetectorView, detectorViews } from './detectorView.ts';
import type { InferenceRunner, Priority } from './inferencePool.ts';
import type { DetectorSpec } from './manifest.ts';
import { portions } from './portions.ts';

/**
 * What is surer of a face than this has a say in where it lies. The same for every threshold, so that
 * one moves no box.
 */
const leastVoterScore = 0.1;

/** One input of the detector: the whole picture, or a tile of it. */
interface DetectorInput extends Letterboxed, Omit<DetectorView, 'inputSize'> {}

/** A picture ready for the detector. */
export interface PreparedImage {
  /** What the inputs were made of, and closer views of its faces will be. */
  readonly raster: Raster;
  readonly inputs: readonly DetectorInput[];
}

/**
 * The whole picture as the detector sees it, without the borders around it: a reduction that costs
 * nothing more. Null where the picture is seen in parts only, or was enlarged.
 */
export function reducedPicture({ raster, inputs }: PreparedImage): Raster | null {
  const whole = inputs.find(({ region, scale }) => isWhole(region, raster) && scale <= 1);
  return whole?.picture ?? null;
}

function isWhole(region: Box, { width, height }: Size): boolean {
  return region.width === width && region.height === height;
}

/**
 * Finds faces with a detector of the YOLOv8 form: a first look at the whole picture, then, where the
 * manifest says so, a closer one at each face.
 */
export class FaceDetector {
  readonly #runner: InferenceRunner;
  readonly #spec: DetectorSpec;

  constructor(runner: InferenceRunner, spec: DetectorSpec) {
    this.#runner = runner;
    this.#spec = spec;
  }

  /** Makes the first look's inputs. Meant for the decode stage, so that it overlaps with inference. */
  async prepare(raster: Raster): Promise<PreparedImage> {
    const inputs: DetectorInput[] = [];
    for (const { inputSize, ...view } of detectorViews(raster, this.#spec.input)) {
      const { region } = view;
      const part = isWhole(region, raster) ? raster : cutTile(raster, region);
      inputs.push({ ...(await letterbox(part, inputSize)), ...view });
    }
    return { raster, inputs };
  }

  /**
   * Faces per picture, best first, in pixels of the raster that was prepared, inside it, at
   * least `minimumFacePx` in both directions.
   *
   * @throws FamiliarError `model-output` or `provider-failed`; AbortError.
   */
  async detect(
    prepared: readonly PreparedImage[],
    signal?: AbortSignal,
    priority: Priority = 'indexing',
  ): Promise<Detection[][]> {
    const found = await this.look(prepared, signal, priority);
    if (this.#spec.refinement === undefined) {
      return found;
    }
    const refined: Detection[][] = prepared.map(() => []);
    for (const portion of portions(found)) {
      const views = await this.closerViews(prepared, portion);
      for (const [i, faces] of (await this.#lookCloser(views, signal, priority)).entries()) {
        refined[i]?.push(...faces);
      }
    }
    return refined.map((faces, i) =>
      clampDetections(this.#settle(faces), (prepared[i] as PreparedImage).raster),
    );
  }

  /** Proposals: as `detect`, including lower scores that refinement may raise. */
  async look(
    prepared: readonly PreparedImage[],
    signal?: AbortSignal,
    priority: Priority = 'indexing',
  ): Promise<Detection[][]> {
    const least = firstThreshold(this.#spec);
    const inputs = prepared.flatMap((image) => image.inputs);
    const found = await this.#run(inputs, Math.min(least, leastVoterScore), signal, priority);
    return prepared.map((image) => this.#join(image, found, least));
  }

  /** What the first look found per picture, with the closer views that the manifest wants. */
  closerViews(
    prepared: readonly PreparedImage[],
    found: readonly (readonly Detection[])[],
  ): Promise<FirstSeen[][]> {
    const { refinement } = this.#spec;
    const view = async (image: PreparedImage, detection: Detection): Promise<FirstSeen> => {
      if (refinement === undefined || seenSidePx(detection.box, image) > refinement.sizePx) {
        return { detection, closer: null };
      }
      const region = refinementRegion(detection.box, refinement);
      const raster = await cropSquare(image.raster, region, refinement.sizePx);
      return { detection, closer: { region, raster } };
    };
    return Promise.all(
      prepared.map((image, i) =>
        Promise.all((found[i] ?? []).map((detection) => view(image, detection))),
      ),
    );
  }

  /** Refinement: repositioned boxes with their final scores, best first. */
  async refine(
    firstSeen: readonly (readonly FirstSeen[])[],
    signal?: AbortSignal,
    priority: Priority = 'indexing',
  ): Promise<Detection[][]> {
    const refined = await this.#lookCloser(firstSeen, signal, priority);
    return refined.map((faces) => this.#settle(faces));
  }

  /** Each face as both looks together see it. */
  async #lookCloser(
    firstSeen: readonly (readonly FirstSeen[])[],
    signal: AbortSignal | undefined,
    priority: Priority,
  ): Promise<Detection[][]> {
    const { refinement } = this.#spec;
    const views: CloserView[] = firstSeen.flat().flatMap(({ closer }) => closer ?? []);
    const seen = await this.#run(views, leastRefinedScore, signal, priority);
    return firstSeen.map((faces) =>
      faces.map(({ detection, closer }) =>
        refinement === undefined || closer === null
          ? detection
          : refineBox(detection, closer.region, seen.get(closer) ?? [], refinement),
      ),
    );
  }

  /** What is sure enough; two boxes that were apart may have come to the same face. */
  #settle(refined: readonly Detection[]): Detection[] {
    const { scoreThreshold, nmsIou } = this.#spec;
    return suppressOverlaps(
      refined.filter(({ score }) => score >= scoreThreshold),
      nmsIou,
    );
  }

  /** What the model sees in each input, in pixels of the input, not yet suppressed. */
  async #run<T extends { readonly raster: Raster }>(
    inputs: readonly T[],
    scoreThreshold: number,
    signal: AbortSignal | undefined,
    priority: Priority,
  ): Promise<ReadonlyMap<T, Detection[]>> {
    const found = new Map<T, Detection[]>();
    const { classes } = this.#spec.output;
    await Promise.all(
      this.#batches(inputs).map(async (batch) => {
        const rasters = batch.map(({ raster }) => raster);
        const output = await this.#runner.run('detector', rasters, { signal, priority });
        const lists = decodeYolo(output, batch.length, { classes, scoreThreshold });
        for (const [index, input] of batch.entries()) {
          found.set(input, lists[index] as Detection[]);
        }
      }),
    );
    return found;
  }

  /** Inputs of one size each, at most a batch of them. */
  #batches<T extends { readonly raster: Raster }>(inputs: readonly T[]): T[][] {
    const bySize = Map.groupBy(inputs, ({ raster }) => `${raster.width}x${raster.height}`);
    const limit = this.#runner.batchSize('detector');
    const batches: T[][] = [];
    for (const group of bySize.values()) {
      for (let at = 0; at < group.length; at += limit) {
        batches.push(group.slice(at, at + limit));
      }
    }
    return batches;
  }

  /** What the views of one picture show with at least the score, in pixels of its raster. */
  #join(
    { raster, inputs }: PreparedImage,
    found: ReadonlyMap<DetectorInput, Detection[]>,
    least: number,
  ): Detection[] {
    const { nmsIou } = this.#spec;
    const detections = inputs.flatMap((input) => {
      const candidates = (found.get(input) ?? []).filter(({ box }) => {
        const longerSide = Math.max(box.width, box.height);
        return longerSide >= input.shortestPx && longerSide <= input.longestPx;
      });
      const kept = suppressOverlaps(candidates, nmsIou).filter(({ score }) => score >= least);
      const voters = candidates.filter(({ score }) => score >= leastVoterScore);
      return voteBoxes(kept, voters).map((one) => toPicture(one, input, raster));
    });
    const merged = inputs.length === 1 ? detections : mergeTiles(detections, nmsIou);
    return clampDetections(merged, raster);
  }
}

/** The longer side of a box (pixels of the raster) in the finest input that shows all of it. */
function seenSidePx(box: Box, { inputs }: PreparedImage): number {
  const scales = inputs
    .filter(({ region }) => area(intersect(box, region)) > 0.99 * area(box))
    .map(({ scale }) => scale);
  return Math.max(box.width, box.height) * Math.max(...scales, 0);
}

/** How close (input pixels) to a tile's edge a box counts as cut by it. */
const edgePx = 3;

function toPicture({ box, score }: Detection, input: DetectorInput, size: Size): TileDetection {
  const { region, scale } = input;
  const inRegion = fromLetterbox(box, input);
  const inPicture = { ...inRegion, x: region.x + inRegion.x, y: region.y + inRegion.y };
  const edge = edgePx / scale;
  const right = region.x + region.width;
  const bottom = region.y + region.height;
  const cut =
    (region.x > 0 && inPicture.x < region.x + edge) ||
    (region.y > 0 && inPicture.y < region.y + edge) ||
    (right < size.width && inPicture.x + inPicture.width > right - edge) ||
    (bottom < size.height && inPicture.y + inPicture.height > bottom - edge);
  return { box: inPicture, score, cut };
}
