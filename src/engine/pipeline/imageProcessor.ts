import type { Box } from '../../base/geometry.ts';
import { clampBox, headSquare, scaleBox } from '../../base/geometry.ts';
import type { Raster } from '../../base/raster.ts';
import { type DecodedImage, decodeImage } from '../imaging/decodeImage.ts';
import { cropSquare } from '../imaging/resize.ts';
import { encodeWebp } from '../imaging/thumbnail.ts';
import type { PreparedImage } from '../models/faceDetector.ts';
import type { ModelSet } from '../models/modelSet.ts';
import type { NewFace, NewImage } from '../store/imageTable.ts';
import { type ThumbnailCache, thumbnailSidePx } from './thumbnailCache.ts';

/** An image decoded and brought to the sizes that the models want, before any inference. */
export interface PreparedFile {
  readonly contentHash: string;
  readonly decoded: DecodedImage;
  readonly detectorInput: PreparedImage;
  readonly lookInput: Raster;
  /** Boxes that people drew, in pixels of the upright image: faces whatever the detector says. */
  readonly manualBoxes: readonly Box[];
}

/** A face before it is embedded; the box is in pixels of the upright image. */
interface FoundFace {
  readonly box: Box;
  readonly score: number;
  readonly source: NewFace['source'];
}

/**
 * The stages from bytes to vectors: decode, detect, crop, embed. `prepare` is work for the CPU's
 * decoders and runs ahead while `infer` keeps the models busy.
 */
export class ImageProcessor {
  readonly #models: ModelSet;
  readonly #thumbnails: ThumbnailCache;
  readonly #maxPixels: number;

  constructor(options: {
    readonly models: ModelSet;
    readonly thumbnails: ThumbnailCache;
    readonly maxPixels: number;
  }) {
    this.#models = options.models;
    this.#thumbnails = options.thumbnails;
    this.#maxPixels = options.maxPixels;
  }

  /** @throws FamiliarError `image-format`, `image-damaged`, `image-too-large`. */
  async prepare(
    file: { readonly bytes: Uint8Array; readonly contentHash: string },
    manualBoxes: readonly Box[],
    signal: AbortSignal,
  ): Promise<PreparedFile> {
    const decoded = await decodeImage(file.bytes, { maxPixels: this.#maxPixels, signal });
    const [detectorInput, lookInput] = await Promise.all([
      this.#models.detector.prepare(decoded.raster),
      this.#models.look.prepare(decoded.raster),
      this.#saveThumbnail(file.contentHash, decoded.raster),
    ]);
    return { contentHash: file.contentHash, decoded, detectorInput, lookInput, manualBoxes };
  }

  /** Faces and vectors of a batch, in its order. @throws FamiliarError `model-output`. */
  async infer(batch: readonly PreparedFile[], signal: AbortSignal): Promise<NewImage[]> {
    const detections = await this.#models.detector.detect(
      batch.map((prepared) => prepared.detectorInput),
      signal,
    );
    const faces = batch.map((prepared, i) => [
      ...(detections[i] ?? []).map(
        (detection): FoundFace => ({
          box: toImagePixels(detection.box, prepared.decoded),
          score: detection.score,
          source: 'detected',
        }),
      ),
      ...prepared.manualBoxes.map((box): FoundFace => ({ box, score: 1, source: 'manual' })),
    ]);
    const identities = await this.#embedFaces(batch, faces, signal);
    const looks = await this.#models.look.embed(
      batch.map((prepared) => prepared.lookInput),
      signal,
    );
    return batch.map((prepared, i) => ({
      contentHash: prepared.contentHash,
      modelRevision: this.#models.revision,
      width: prepared.decoded.width,
      height: prepared.decoded.height,
      look: looks[i] as Float32Array,
      faces: (faces[i] ?? []).map((face, k) => ({
        ...face,
        identity: identities[i]?.[k] as Float32Array,
      })),
    }));
  }

  /** The identity vector of one box, given in pixels of the upright image. */
  async embedBox(decoded: DecodedImage, box: Box, signal: AbortSignal): Promise<Float32Array> {
    const crop = await this.#cropHead(decoded, box);
    const [identity] = await this.#models.identity.embed([crop], signal);
    return identity as Float32Array;
  }

  async #embedFaces(
    batch: readonly PreparedFile[],
    faces: readonly (readonly FoundFace[])[],
    signal: AbortSignal,
  ): Promise<Float32Array[][]> {
    const crops = await Promise.all(
      batch.flatMap((prepared, i) =>
        (faces[i] ?? []).map((face) => this.#cropHead(prepared.decoded, face.box)),
      ),
    );
    const vectors = await this.#models.identity.embed(crops, signal);
    let next = 0;
    return faces.map((found) => vectors.slice(next, (next += found.length)));
  }

  #cropHead(decoded: DecodedImage, box: Box): Promise<Raster> {
    const square = headSquare(scaleBox(box, decoded.scale), this.#models.manifest.identity.crop);
    return cropSquare(decoded.raster, square, this.#models.manifest.identity.input.width);
  }

  async #saveThumbnail(contentHash: string, raster: Raster): Promise<void> {
    if (!this.#thumbnails.has(contentHash)) {
      await this.#thumbnails.save(contentHash, await encodeWebp(raster, thumbnailSidePx));
    }
  }
}

/** A box of the working raster in pixels of the upright image, within its edges. */
function toImagePixels(box: Box, decoded: DecodedImage): Box {
  return clampBox(scaleBox(box, 1 / decoded.scale), decoded);
}
