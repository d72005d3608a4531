import { availableParallelism } from 'node:os';
import { headSquare } from '../base/geometry.ts';
import type { Raster } from '../base/raster.ts';
import { decodeImage } from '../engine/imaging/decodeImage.ts';
import { encodeWebp } from '../engine/imaging/encode.ts';
import { cropSquare, letterbox, stretch } from '../engine/imaging/resize.ts';
import { Embedder } from '../engine/models/embedder.ts';
import { FaceDetector } from '../engine/models/faceDetector.ts';
import type { InferenceRunner } from '../engine/models/inferencePool.ts';
import { loadManifest, type ModelRole, modelRoles } from '../engine/models/manifest.ts';
import { openSession } from '../engine/models/runtime.ts';
import { tensorFiller } from '../engine/models/tensor.ts';

/** What a person would write who has the models and no engine: one step after the other. */
export interface SequentialScript {
  /** Decodes, detects, crops, embeds and makes the thumbnail of one file. @returns its faces */
  process(bytes: Uint8Array): Promise<number>;
  dispose(): Promise<void>;
}

const thumbnailSidePx = 256;

/** @param folder of the models; their sessions use all cores within an operator. */
export async function openSequentialScript(folder: string): Promise<SequentialScript> {
  const { manifest, files } = await loadManifest(folder);
  const open = async (role: ModelRole) => ({
    role,
    fill: tensorFiller(manifest[role].input),
    session: await openSession({
      file: files[role],
      provider: 'cpu',
      threads: availableParallelism(),
      inputName: manifest[role].input.name,
      outputName: manifest[role].output.name,
    }),
  });
  const opened = await Promise.all(modelRoles.map(open));
  const runner: InferenceRunner = {
    batchSize: () => 1,
    run: (role, rasters) => {
      const model = opened.find((candidate) => candidate.role === role);
      const [raster] = rasters;
      if (model === undefined || raster === undefined) {
        throw new RangeError(`Expected one raster for an open model but received role ${role}.`);
      }
      const { data, width, height } = raster;
      return model.session.run(model.fill({ pixels: data, count: 1, width, height }));
    },
    close: async () => {
      await Promise.all(opened.map(({ session }) => session.dispose()));
    },
  };
  const detector = new FaceDetector(runner, manifest.detector);
  const identity = new Embedder(runner, 'identity', manifest.identity.output.dimension);
  const look = new Embedder(runner, 'look', manifest.look.output.dimension);
  const fitLook = async (raster: Raster) =>
    manifest.look.input.fit === 'stretch'
      ? stretch(raster, manifest.look.input)
      : (await letterbox(raster, manifest.look.input)).raster;
  return {
    process: async (bytes) => {
      const { raster } = await decodeImage(bytes, { maxPixels: 1e8 });
      const [faces = []] = await detector.detect([await detector.prepare(raster)]);
      for (const { box } of faces) {
        const head = headSquare(box, manifest.identity.crop);
        await identity.embed([await cropSquare(raster, head, manifest.identity.input.width)]);
      }
      await look.embed([await fitLook(raster)]);
      await encodeWebp(raster, thumbnailSidePx);
      return faces.length;
    },
    dispose: () => runner.close(),
  };
}
