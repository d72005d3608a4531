import { freeBuffer } from '../../common/freeBuffer.ts';
import type { Box } from '../../common/geometry.ts';
import { clampBox, scaleBox } from '../../common/geometry.ts';
import type { Raster } from '../../common/raster.ts';
import { abortable } from '../../common/scope.ts';
import { type DecodedImage, decodeImage } from '../imaging/decodeImage.ts';
import { encodeJpeg } from '../imaging/encode.ts';
import { computeFingerprint, type Fingerprint } from '../imaging/fingerprint.ts';
import { encodeTransparentWebp } from '../imaging/transparentPicture.ts';
import { toPixelBox } from '../library/decidedFaceTable.ts';
import type { NewFace, NewImage } from '../library/imageTable.ts';
import { type ThumbnailCache, thumbnailSidePx } from '../library/thumbnailCache.ts';
import { type PreparedImage, reducedPicture } from '../models/faceDetector.ts';
import type { Priority } from '../models/inferencePool.ts';
import type { LoadedModels } from '../models/modelManager.ts';
import type { ModelSet } from '../models/modelSet.ts';

/** An image decoded and brought to the sizes that the models want, before any inference. */
export interface PreparedFile {
  readonly contentHash: string;
  readonly decoded: DecodedImage;
  readonly detectorInput: PreparedImage;
  readonly lookInput: Raster;
  readonly fingerprint: Fingerprint;
  /** Boxes that people drew, in pixels of the upright image: faces whatever the detector says. */
  readonly manualBoxes: readonly Box[];
}

/**
 * The stages from bytes to vectors: decode, detect, crop, embed. `prepare` is work for the CPU's
 * decoders and runs ahead while `infer` keeps the models busy.
 */
export class ImageProcessor {
  readonly #models: LoadedModels;
  readonly #thumbnails: ThumbnailCache;
  readonly #maxPixels: () => number;

  /** @param options `models` are asked for when they are first needed, which may take a while then. */
  constructor(options: {
    readonly models: LoadedModels;
    readonly thumbnails: ThumbnailCache;
    readonly maxPixels: () => number;
  }) {
    this.#models = options.models;
    this.#thumbnails = options.thumbnails;
    this.#maxPixels = options.maxPixels;
  }

  /**
   * @param drawnBoxes boxes that people drew, relative to the size of the image
   * @throws FamiliarError `image-format`, `image-damaged`, `image-too-large`.
   */
  async prepare(
    file: { readonly bytes: Uint8Array; readonly contentHash: string },
    drawnBoxes: readonly Box[],
    signal: AbortSignal,
  ): Promise<PreparedFile> {
    const decoded = await this.decode(file.bytes, signal);
    const models = await abortable(this.#models.get(), signal);
    // The look's input is made of the picture itself: made of the detector's reduction, some look
    // vectors have a cosine of only 0.995 to this one's.
    const [{ detectorInput, fingerprint }, lookInput] = await Promise.all([
      this.#prepareDetection(models, file, decoded),
      models.fitLook(decoded.raster),
    ]);
    const { rgba } = decoded;
    if (rgba !== null) {
      freeBuffer(rgba.data);
    }
    return {
      contentHash: file.contentHash,
      decoded: { ...decoded, rgba: null },
      detectorInput,
      lookInput,
      fingerprint,
      manualBoxes: drawnBoxes.map((box) => toPixelBox(box, decoded)),
    };
  }

  /** The detector's input, and on the way thumbnail and fingerprint, mostly of the same reduction. */
  async #prepareDetection(
    models: ModelSet,
    file: { readonly bytes: Uint8Array; readonly contentHash: string },
    decoded: DecodedImage,
  ): Promise<Pick<PreparedFile, 'detectorInput' | 'fingerprint'>> {
    const input = await models.detector.prepare(decoded.raster);
    const reduced = reducedPicture(input) ?? decoded.raster;
    // A detector that works on very small pictures leaves too little for a thumbnail.
    const isEnough = Math.max(reduced.width, reduced.height) >= thumbnailSidePx;
    const source = isEnough ? reduced : decoded.raster;
    await this.savePicture(this.#thumbnails, file, { ...decoded, raster: source }, thumbnailSidePx);
    return { detectorInput: input, fingerprint: await computeFingerprint(source) };
  }

  /** The pixels alone, for previews and faces drawn by hand. @throws as `prepare`. */
  decode(bytes: Uint8Array, signal: AbortSignal): Promise<DecodedImage> {
    return decodeImage(bytes, { maxPixels: this.#maxPixels(), signal });
  }

  /** Faces and vectors of a batch, in its order. @throws FamiliarError `model-output`. */
  infer(
    batch: readonly PreparedFile[],
    signal: AbortSignal,
    priority: Priority = 'indexing',
  ): Promise<NewImage[]> {
    return this.#models.use(async (models) => {
      const [found, looks] = await Promise.all([
        readFaces(models, batch, signal, priority),
        models.look.embed(
          batch.map((prepared) => prepared.lookInput),
          signal,
          priority,
        ),
      ]);
      return batch.map((prepared, i) => ({
        contentHash: prepared.contentHash,
        modelRevision: models.revision,
        width: prepared.decoded.width,
        height: prepared.decoded.height,
        look: looks[i] as Float32Array,
        fingerprint: prepared.fingerprint,
        faces: found[i] as NewFace[],
      }));
    });
  }

  /** The identity vector of one box, given in pixels of the upright image. */
  embedBox(decoded: DecodedImage, box: Box, signal: AbortSignal): Promise<Float32Array> {
    return this.#models.use(async ({ faces }) => {
      const [vectors] = await faces.embed([toRaster(decoded, [box])], signal, 'interactive');
      return vectors?.[0] as Float32Array;
    });
  }

  /** Keeps a small picture of a file, with its transparency, unless there is one of this content. */
  async savePicture(
    cache: ThumbnailCache,
    { bytes, contentHash }: { readonly bytes: Uint8Array; readonly contentHash: string },
    decoded: DecodedImage,
    maxSidePx: number,
  ): Promise<void> {
    if (cache.find(contentHash) !== undefined) {
      return;
    }
    const limits = { maxSidePx, maxPixels: this.#maxPixels() };
    await cache.save(
      contentHash,
      decoded.isTransparent
        ? { bytes: await encodeTransparentWebp(bytes, decoded, limits), ending: 'webp' }
        : { bytes: await encodeJpeg(decoded.raster, maxSidePx), ending: 'jpg' },
    );
  }
}

/**
 * Gives back the memory of a file's pixels at once. Only after `infer` has succeeded: one that fails
 * may leave work behind that still reads them.
 */
export function releasePixels({ decoded, detectorInput, lookInput }: PreparedFile): void {
  for (const { raster, picture } of detectorInput.inputs) {
    freeBuffer(raster.data);
    freeBuffer(picture.data);
  }
  freeBuffer(lookInput.data);
  freeBuffer(decoded.raster.data);
}

/** The faces of each picture with their identity vectors, those drawn by hand last. */
async function readFaces(
  { faces }: ModelSet,
  batch: readonly PreparedFile[],
  signal: AbortSignal,
  priority: Priority,
): Promise<NewFace[][]> {
  const [found, drawn] = await Promise.all([
    faces.read(
      batch.map((prepared) => prepared.detectorInput),
      signal,
      priority,
    ),
    faces.embed(
      batch.map(({ decoded, manualBoxes }) => toRaster(decoded, manualBoxes)),
      signal,
      priority,
    ),
  ]);
  return batch.map(({ decoded, manualBoxes }, i) => [
    ...(found[i] ?? []).map(
      ({ box, score, identity }): NewFace => ({
        box: toImagePixels(box, decoded),
        score,
        source: 'detected',
        identity,
      }),
    ),
    ...manualBoxes.map(
      (box, j): NewFace => ({
        box,
        score: 1,
        source: 'manual',
        identity: drawn[i]?.[j] as Float32Array,
      }),
    ),
  ]);
}

/** Boxes of the upright image in pixels of the working raster, with that. */
function toRaster({ raster, scale }: DecodedImage, boxes: readonly Box[]) {
  return { raster, boxes: boxes.map((box) => scaleBox(box, scale)) };
}

/** A box of the working raster in pixels of the upright image, within its edges. */
function toImagePixels(box: Box, decoded: DecodedImage): Box {
  return clampBox(scaleBox(box, 1 / decoded.scale), decoded);
}
