import { readFile } from 'node:fs/promises';
import PQueue from 'p-queue';
import { type Box, scaleBox } from '../../src/common/geometry.ts';
import type { Raster } from '../../src/common/raster.ts';
import { type DecodedImage, decodeImage } from '../../src/engine/imaging/decodeImage.ts';
import { letterbox } from '../../src/engine/imaging/resize.ts';
import type { FacePipeline, SeenFace } from '../../src/engine/models/facePipeline.ts';
import type { ModelSet } from '../../src/engine/models/modelSet.ts';

/** What the models see in one picture. */
export interface PictureVectors {
  /** Of the head; null where no face was found. */
  readonly identity: Float32Array | null;
  readonly look: Float32Array;
  /** The face that was embedded, in pixels of the file; null for a head crop. */
  readonly face: Box | null;
}

/** Larger than any labelled picture. */
export const maxPixels = 100_000_000;

/** Pictures that are decoded while others are with the models. */
const ahead = 2;

/** The engine's own stages, applied to files of a data folder. */
export class EvaluationPipeline {
  readonly models: ModelSet;
  readonly #onProgress: (what: string, done: number, total: number) => void;

  constructor(
    models: ModelSet,
    onProgress: (what: string, done: number, total: number) => void = () => undefined,
  ) {
    this.models = models;
    this.#onProgress = onProgress;
  }

  /** Results in the order of the items, several at a time. */
  async each<T, R>(what: string, items: readonly T[], task: (item: T) => Promise<R>): Promise<R[]> {
    const queue = new PQueue({ concurrency: this.models.streams + ahead });
    let done = 0;
    return queue.addAll(
      items.map((item) => async () => {
        const result = await task(item);
        done += 1;
        this.#onProgress(what, done, items.length);
        return result;
      }),
    );
  }

  async decode(path: string): Promise<DecodedImage> {
    return decodeImage(await readFile(path), { maxPixels });
  }

  /** Faces in pixels of the file, best first. */
  async readFaces(decoded: DecodedImage, faces: FacePipeline): Promise<SeenFace[]> {
    const prepared = await this.models.detector.prepare(decoded.raster);
    const [found = []] = await faces.read([prepared]);
    return found.map((face) => ({ ...face, box: scaleBox(face.box, 1 / decoded.scale) }));
  }

  async lookOf(raster: Raster): Promise<Float32Array> {
    const [look] = await this.models.look.embed([await this.models.fitLook(raster)]);
    return look as Float32Array;
  }

  /** A picture that is a head crop already, as large as the identity model was trained to see. */
  async readHeadCrop(path: string): Promise<PictureVectors> {
    const { raster } = await this.decode(path);
    const { width, height } = this.models.manifest.identity.input;
    const crop = (await letterbox(raster, { width, height })).raster;
    const [[identity], look] = await Promise.all([
      this.models.identity.embed([crop]),
      this.lookOf(raster),
    ]);
    return { identity: identity as Float32Array, look, face: null };
  }

  /** A picture in which the best face is to be found first. */
  async readWhole(path: string): Promise<PictureVectors> {
    const decoded = await this.decode(path);
    const [look, [best]] = await Promise.all([
      this.lookOf(decoded.raster),
      this.readFaces(decoded, this.models.faces),
    ]);
    return { identity: best?.identity ?? null, look, face: best?.box ?? null };
  }
}
