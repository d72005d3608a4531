import type { Size } from '../../base/geometry.ts';
import type { Raster } from '../../base/raster.ts';
import { fromLetterbox, type Letterboxed, letterbox } from '../imaging/resize.ts';
import { cutTile } from '../imaging/tiles.ts';
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

/** One input of the detector: the whole picture, or a tile of it. */
interface DetectorInput extends Letterboxed, Omit<DetectorView, 'inputSize'> {}

/** A picture ready for the detector; `size` is that of the raster it was made of. */
export interface PreparedImage {
  readonly size: Size;
  readonly inputs: readonly DetectorInput[];
}

/**
 * The whole picture as the detector sees it, without the borders around it: a reduction that costs
 * nothing more. Null where the picture is seen in parts only, or was enlarged.
 */
export function reducedPicture({ size, inputs }: PreparedImage): Raster | null {
  const whole = inputs.find(
    ({ region, scale }) =>
      region.width === size.width && region.height === size.height && scale <= 1,
  );
  return whole?.picture ?? null;
}

/** Finds faces with a detector of the YOLOv8 form. */
export class FaceDetector {
  readonly #runner: InferenceRunner;
  readonly #spec: DetectorSpec;

  constructor(runner: InferenceRunner, spec: DetectorSpec) {
    this.#runner = runner;
    this.#spec = spec;
  }

  /** Makes the detector's inputs. Meant for the decode stage, so that it overlaps with inference. */
  async prepare(raster: Raster): Promise<PreparedImage> {
    const size = { width: raster.width, height: raster.height };
    const inputs: DetectorInput[] = [];
    for (const { inputSize, ...view } of detectorViews(size, this.#spec.input)) {
      const { region } = view;
      const whole = region.width === size.width && region.height === size.height;
      const part = whole ? raster : cutTile(raster, region);
      inputs.push({ ...(await letterbox(part, inputSize)), ...view });
    }
    return { size, inputs };
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
    const found = new Map<DetectorInput, Detection[]>();
    await Promise.all(
      this.#batches(prepared.flatMap(({ inputs }) => inputs)).map(async (batch) => {
        const lists = await this.#runBatch(batch, signal, priority);
        for (const [index, input] of batch.entries()) {
          found.set(input, lists[index] as Detection[]);
        }
      }),
    );
    return prepared.map((image) => this.#join(image, found));
  }

  /** Inputs of one size each, at most a batch of them. */
  #batches(inputs: readonly DetectorInput[]): DetectorInput[][] {
    const bySize = Map.groupBy(inputs, ({ raster }) => `${raster.width}x${raster.height}`);
    const limit = this.#runner.batchSize('detector');
    const batches: DetectorInput[][] = [];
    for (const group of bySize.values()) {
      for (let at = 0; at < group.length; at += limit) {
        batches.push(group.slice(at, at + limit));
      }
    }
    return batches;
  }

  async #runBatch(
    batch: readonly DetectorInput[],
    signal: AbortSignal | undefined,
    priority: Priority,
  ): Promise<Detection[][]> {
    const rasters = batch.map(({ raster }) => raster);
    const output = await this.#runner.run('detector', rasters, { signal, priority });
    return decodeYolo(output, batch.length, {
      classes: this.#spec.output.classes,
      scoreThreshold: this.#spec.scoreThreshold,
    });
  }

  #join({ size, inputs }: PreparedImage, found: ReadonlyMap<DetectorInput, Detection[]>) {
    const { nmsIou } = this.#spec;
    const detections = inputs.flatMap((input) => {
      const candidates = (found.get(input) ?? []).filter(({ box }) => {
        const longerSide = Math.max(box.width, box.height);
        return longerSide >= input.shortestPx && longerSide <= input.longestPx;
      });
      const kept = suppressOverlaps(candidates, nmsIou);
      return voteBoxes(kept, candidates).map((one) => toPicture(one, input, size));
    });
    return clampDetections(inputs.length === 1 ? detections : mergeTiles(detections, nmsIou), size);
  }
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
