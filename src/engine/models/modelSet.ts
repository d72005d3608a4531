import { type Box, headSquare } from '../../common/geometry.ts';
import type { Raster } from '../../common/raster.ts';
import { cropSquare, letterbox, stretch } from '../imaging/resize.ts';
import { Embedder } from './embedder.ts';
import { FaceDetector } from './faceDetector.ts';
import { FacePipeline } from './facePipeline.ts';
import { loadManifest, type Manifest, type ModelFolder, modelRevision } from './manifest.ts';
import type { ProviderReport } from './providerReport.ts';
import { type OpenedRunner, openRunner, type ProviderOptions } from './providers.ts';

export interface ModelSetOptions extends Omit<ProviderOptions, 'requested'> {
  /** Folder with `manifest.json` and the models that it names. */
  readonly folder: string;
  readonly provider: ProviderOptions['requested'];
}

/** The three models of one folder, loaded and ready. */
export class ModelSet {
  readonly manifest: Manifest;
  /** Changes whenever stored vectors would no longer be comparable. */
  readonly revision: string;
  /** Reports every box that may be a face once its head has been embedded. */
  readonly detector: FaceDetector;
  /** The faces of pictures, with their identity vectors. */
  readonly faces: FacePipeline;
  /** Head crops (`cropFace`) → identity vectors. */
  readonly identity: Embedder;
  /** Fitted pictures (`fitLook`) → look vectors. */
  readonly look: Embedder;
  readonly #opened: OpenedRunner;

  private constructor({ manifest }: ModelFolder, opened: OpenedRunner) {
    const { runner } = opened;
    this.manifest = manifest;
    this.revision = modelRevision(manifest);
    this.#opened = opened;
    this.detector = this.detectorAt(this.#candidateScore(manifest.detector.scoreThreshold));
    this.identity = new Embedder(runner, 'identity', manifest.identity.output.dimension);
    this.look = new Embedder(runner, 'look', manifest.look.output.dimension);
    this.faces = this.facesAt(manifest.detector.scoreThreshold);
  }

  /**
   * Checks the folder and opens its models on the provider (see `openRunner`).
   *
   * @throws FamiliarError `model-manifest`, `model-file` or `provider-failed`.
   */
  static async load({ folder, provider, ...options }: ModelSetOptions): Promise<ModelSet> {
    const models = await loadManifest(folder);
    return new ModelSet(models, await openRunner(models, { ...options, requested: provider }));
  }

  /** What the models run on now, and why on nothing faster. */
  get report(): ProviderReport {
    return this.#opened.report();
  }

  /** Batches that can be worked on at the same time; hand over at least as many. */
  get streams(): number {
    return this.#opened.streams();
  }

  /** Pictures that one detector run takes at once; `streams` times this keeps all busy. */
  get detectorBatch(): number {
    return this.#opened.runner.batchSize('detector');
  }

  /** A detector that reports everything from `scoreThreshold` on, for measuring. */
  detectorAt(scoreThreshold: number): FaceDetector {
    return new FaceDetector(this.#opened.runner, { ...this.manifest.detector, scoreThreshold });
  }

  /** As `faces`, with everything from `scoreThreshold` on, for measuring. */
  facesAt(scoreThreshold: number): FacePipeline {
    const { identity } = this;
    const cropFace = (raster: Raster, face: Box) => this.cropFace(raster, face);
    const detector = this.detectorAt(this.#candidateScore(scoreThreshold));
    return new FacePipeline(
      { detector, cropFace, identity },
      scoreThreshold,
      this.manifest.rescoring,
    );
  }

  /** From which score of the detector on a box may reach a threshold. */
  #candidateScore(scoreThreshold: number): number {
    return Math.min(this.manifest.rescoring?.candidateScore ?? scoreThreshold, scoreThreshold);
  }

  /** The head around a face box (pixels of the raster) in the identity model's input size. */
  cropFace(raster: Raster, face: Box): Promise<Raster> {
    const { crop, input } = this.manifest.identity;
    return cropSquare(raster, headSquare(face, crop), input.width);
  }

  /** The whole picture in the look model's input size. */
  async fitLook(raster: Raster): Promise<Raster> {
    const { input } = this.manifest.look;
    return input.fit === 'stretch'
      ? stretch(raster, input)
      : (await letterbox(raster, input)).raster;
  }

  async dispose(): Promise<void> {
    await this.#opened.runner.close();
  }
}
