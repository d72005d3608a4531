import { createRequire } from 'node:module';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type sharpModule from 'sharp';
import type { Sharp } from 'sharp';
import { type Box, headSquare, intersect, type Size } from '../../src/common/geometry.ts';
import { neutralGrey } from '../../src/common/raster.ts';
import { fromLetterbox, type Placement } from '../../src/engine/imaging/resize.ts';
import {
  firstThreshold,
  leastRefinedScore,
  refineBox,
  refinementRegion,
} from '../../src/engine/models/boxRefinement.ts';
import {
  type Detection,
  decodeYolo,
  suppressOverlaps,
} from '../../src/engine/models/detections.ts';
import {
  type InputSpec,
  loadManifest,
  type ModelRole,
  type RefinementSpec,
} from '../../src/engine/models/manifest.ts';

/**
 * Sharp, loaded at its first use: an import would run before all code of the bundle, and so before
 * `isolateSharp`.
 */
function sharp(path: string): Sharp {
  const library: typeof sharpModule = createRequire(import.meta.url)('sharp');
  return library(path);
}

/**
 * What a person would write in an afternoon who has the models and no engine: sharp and the runtime
 * as they come, for each step the file opened anew, one step awaited after the other. Of the engine
 * it borrows arithmetic only: the reading of the detector's output, the suppression of overlaps, and
 * where a box of the letterboxed picture or of a closer look lies.
 */
export interface SequentialScript {
  /** Detects the faces of one file, embeds them and the whole, makes the thumbnail. */
  process(path: string): Promise<ScriptedImage>;
  dispose(): Promise<void>;
}

export interface ScriptedImage {
  readonly faces: readonly { readonly box: Box; readonly identity: Float32Array }[];
  readonly look: Float32Array;
  /** A JPEG file. */
  readonly thumbnail: Uint8Array;
}

const thumbnailSidePx = 320;
const grey = { r: neutralGrey, g: neutralGrey, b: neutralGrey };

/** @param folder of the models, whose sessions have the options that the runtime has by itself. */
export async function openSequentialScript(folder: string): Promise<SequentialScript> {
  const { manifest, files } = await loadManifest(folder);
  const sessions: Record<ModelRole, InferenceSession> = {
    detector: await InferenceSession.create(files.detector),
    identity: await InferenceSession.create(files.identity),
    look: await InferenceSession.create(files.look),
  };
  const infer = async (role: ModelRole, pixels: Uint8Array, size: Size = manifest[role].input) => {
    const { input, output } = manifest[role];
    const results = await sessions[role].run({
      [input.name]: toTensor(pixels, { ...input, ...size }),
    });
    return results[output.name] as Tensor & { readonly data: Float32Array };
  };
  const detect = async (pixels: Uint8Array, size: Size, scoreThreshold: number) => {
    const { data, dims } = await infer('detector', pixels, size);
    const { classes } = manifest.detector.output;
    const [found = []] = decodeYolo({ data, shape: dims }, 1, { classes, scoreThreshold });
    return found;
  };
  const lookCloser = async (path: string, size: Size, found: Detection, spec: RefinementSpec) => {
    const { sizePx } = spec;
    const region = refinementRegion(found.box, spec);
    const pixels = await cropSquare(path, region, size, sizePx);
    const candidates = await detect(pixels, { width: sizePx, height: sizePx }, leastRefinedScore);
    return refineBox(found, region, candidates, spec);
  };
  const findFaces = async (path: string, size: Size): Promise<Box[]> => {
    const { input, refinement, scoreThreshold, nmsIou } = manifest.detector;
    const least = firstThreshold(manifest.detector);
    const seen = await detect(await letterbox(path, input), input, least);
    const placement = placeInWindow(size, input);
    const faces = [];
    for (const { box, score } of suppressOverlaps(seen, nmsIou)) {
      const found = { box: fromLetterbox(box, placement), score };
      const isSmall = refinement && Math.max(box.width, box.height) <= refinement.sizePx;
      faces.push(isSmall ? await lookCloser(path, size, found, refinement) : found);
    }
    const sure = faces.filter(({ score }) => score >= scoreThreshold);
    return suppressOverlaps(sure, nmsIou).map(({ box }) => box);
  };
  return {
    process: async (path) => {
      const size = (await sharp(path).metadata()).autoOrient;
      const { crop, input } = manifest.identity;
      const faces = [];
      for (const box of await findFaces(path, size)) {
        const head = await cropSquare(path, headSquare(box, crop), size, input.width);
        const identity = await infer('identity', head);
        faces.push({ box, identity: identity.data });
      }
      const look = await infer('look', await letterbox(path, manifest.look.input));
      const thumbnail = await open(path)
        .resize(thumbnailSidePx, thumbnailSidePx, { fit: 'inside', withoutEnlargement: true })
        .jpeg()
        .toBuffer();
      return { faces, look: look.data, thumbnail };
    },
    dispose: async () => {
      for (const session of Object.values(sessions)) {
        await session.release();
      }
    },
  };
}

/** The file upright, without transparency. */
function open(path: string) {
  return sharp(path).autoOrient().flatten({ background: grey });
}

/** The whole picture centred in the model's window, as RGB pixels. */
function letterbox(path: string, { width, height }: InputSpec): Promise<Buffer> {
  return open(path)
    .resize(width, height, { fit: 'contain', background: grey })
    .toColourspace('srgb')
    .raw()
    .toBuffer();
}

/** Where `letterbox` puts a picture of the size. */
function placeInWindow(size: Size, window: Size): Placement {
  const scale = Math.min(window.width / size.width, window.height / size.height);
  return {
    scale,
    offsetX: (window.width - size.width * scale) / 2,
    offsetY: (window.height - size.height * scale) / 2,
  };
}

/** The square in the given size, grey where it reaches beyond the picture. */
function cropSquare(path: string, square: Box, size: Size, sizePx: number): Promise<Buffer> {
  const inside = intersect(square, { x: 0, y: 0, ...size });
  const factor = sizePx / square.width;
  const left = Math.round((inside.x - square.x) * factor);
  const top = Math.round((inside.y - square.y) * factor);
  const innerWidth = Math.min(sizePx - left, Math.round(inside.width * factor));
  const innerHeight = Math.min(sizePx - top, Math.round(inside.height * factor));
  return open(path)
    .extract({
      left: Math.floor(inside.x),
      top: Math.floor(inside.y),
      width: Math.max(1, Math.floor(inside.width)),
      height: Math.max(1, Math.floor(inside.height)),
    })
    .resize(innerWidth, innerHeight, { fit: 'fill' })
    .extend({
      left,
      top,
      right: sizePx - left - innerWidth,
      bottom: sizePx - top - innerHeight,
      background: grey,
    })
    .toColourspace('srgb')
    .raw()
    .toBuffer();
}

/** One picture as planes of normalised floats, in the order of the model's colours. */
function toTensor(
  pixels: Uint8Array,
  { width, height, mean, std, colourOrder }: InputSpec,
): Tensor {
  const area = width * height;
  const data = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    const colour = colourOrder === 'RGB' ? channel : 2 - channel;
    for (let i = 0; i < area; i++) {
      const value = pixels[3 * i + colour] as number;
      data[channel * area + i] = (value - (mean[channel] as number)) / (std[channel] as number);
    }
  }
  return new Tensor('float32', data, [1, 3, height, width]);
}
