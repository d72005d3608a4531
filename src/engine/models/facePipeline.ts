import type { Box } from '../../common/geometry.ts';
import type { Raster } from '../../common/raster.ts';
import type { Detection } from './detections.ts';
import type { Embedder } from './embedder.ts';
import type { FaceDetector, PreparedImage } from './faceDetector.ts';
import type { Priority } from './inferencePool.ts';
import type { RescoringSpec } from './manifest.ts';
import { portions } from './portions.ts';

/** A face that was found, with the identity vector of its head. */
export interface SeenFace extends Detection {
  readonly identity: Float32Array;
}

/**
 * The score of a box with what its identity vector says of it: a linear classifier "face or not",
 * fitted apart from the detector, whose log-odds are added to those of the detector's score, as for
 * two independent witnesses (naive Bayes). What is below the candidate score, which only a reader
 * for measuring asks for, rises no higher than that.
 *
 * @param score 0…1; the result too.
 * @param identity as long as the spec's weights.
 */
export function rescore(
  score: number,
  identity: Float32Array,
  { weights, bias, candidateScore }: RescoringSpec,
): number {
  let logOdds = Math.log(score / (1 - score)) + bias;
  for (let i = 0; i < weights.length; i++) {
    logOdds += (weights[i] as number) * (identity[i] as number);
  }
  const judged = 1 / (1 + Math.exp(-logOdds));
  return score < candidateScore ? Math.min(judged, candidateScore) : judged;
}

/** What a reader works with. */
export interface ReaderParts {
  /** Reports every candidate: all that may reach the threshold. */
  readonly detector: Pick<FaceDetector, 'detect'>;
  /** The head around a face box (pixels of the raster) as the identity model wants it. */
  readonly cropFace: (raster: Raster, face: Box) => Promise<Raster>;
  readonly identity: Pick<Embedder, 'embed'>;
}

/** Finds the faces of pictures and embeds their heads. */
export class FacePipeline {
  readonly #parts: ReaderParts;
  readonly #scoreThreshold: number;
  readonly #rescoring: RescoringSpec | undefined;

  /** @param rescoring left out, the detector's score decides alone. */
  constructor(parts: ReaderParts, scoreThreshold: number, rescoring: RescoringSpec | undefined) {
    this.#parts = parts;
    this.#scoreThreshold = scoreThreshold;
    this.#rescoring = rescoring;
  }

  /**
   * Faces per picture, best first, in pixels of the raster that was prepared, inside it.
   *
   * @throws FamiliarError `model-output` or `provider-failed`; AbortError.
   */
  async read(
    prepared: readonly PreparedImage[],
    signal?: AbortSignal,
    priority: Priority = 'indexing',
  ): Promise<SeenFace[][]> {
    const found = await this.#parts.detector.detect(prepared, signal, priority);
    const pictures = prepared.map(({ raster }, i) => ({
      raster,
      boxes: (found[i] ?? []).map(({ box }) => box),
    }));
    const vectors = await this.embed(pictures, signal, priority);
    return found.map((faces, i) =>
      faces
        .map((face, j) => this.#judge(face, vectors[i]?.[j] as Float32Array))
        .filter(({ score }) => score >= this.#scoreThreshold)
        .toSorted((a, b) => b.score - a.score),
    );
  }

  /**
   * The identity vectors of faces that are known, per picture in the order of its boxes (pixels of
   * its raster).
   *
   * @throws FamiliarError `model-output` or `provider-failed`; AbortError.
   */
  async embed(
    pictures: readonly { readonly raster: Raster; readonly boxes: readonly Box[] }[],
    signal?: AbortSignal,
    priority: Priority = 'indexing',
  ): Promise<Float32Array[][]> {
    const { cropFace, identity } = this.#parts;
    const vectors: Float32Array[][] = pictures.map(() => []);
    for (const portion of portions(pictures.map(({ boxes }) => boxes))) {
      const crops = portion.flatMap((boxes, i) =>
        boxes.map((box) => cropFace((pictures[i] as (typeof pictures)[number]).raster, box)),
      );
      const made = (await identity.embed(await Promise.all(crops), signal, priority)).values();
      for (const [i, boxes] of portion.entries()) {
        vectors[i]?.push(...boxes.map(() => made.next().value as Float32Array));
      }
    }
    return vectors;
  }

  #judge({ box, score }: Detection, identity: Float32Array): SeenFace {
    const judged =
      this.#rescoring === undefined ? score : rescore(score, identity, this.#rescoring);
    return { box, score: judged, identity };
  }
}
