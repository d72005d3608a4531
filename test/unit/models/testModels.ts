import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Box } from '../../../src/common/geometry.ts';
import type { manifestSchema } from '../../../src/engine/models/manifest.ts';
import type { FloatTensor } from '../../../src/engine/models/runtime.ts';
import { buildOnnx, type OnnxNode, type OnnxTensor } from './onnxBuilder.ts';

export type ManifestInput = z.input<typeof manifestSchema>;

/** Input side, cell side and box side (px) of the generated detector. */
export const detectorGrid = { inputPx: 64, cellPx: 8, boxPx: 16 } as const;
const cells = detectorGrid.inputPx / detectorGrid.cellPx;
const anchors = cells * cells;

function cellBoxes(): number[] {
  const { cellPx, boxPx } = detectorGrid;
  const centres = Array.from({ length: anchors }, (_, i) => ({
    x: ((i % cells) + 0.5) * cellPx,
    y: (Math.floor(i / cells) + 0.5) * cellPx,
  }));
  return [
    ...centres.map(({ x }) => x),
    ...centres.map(({ y }) => y),
    ...centres.map(() => boxPx),
    ...centres.map(() => boxPx),
  ];
}

/** What a detector of the YOLOv8 form gives, [1, 5, N], for boxes (pixels of the input) and their scores. */
export function yoloOutput(found: readonly (readonly [Box, number])[]): FloatTensor {
  const rows = found.map(([{ x, y, width, height }, score]) => [
    x + width / 2,
    y + height / 2,
    width,
    height,
    score,
  ]);
  const values = [0, 1, 2, 3, 4].flatMap((part) => rows.map((row) => row[part] as number));
  return { data: Float32Array.from(values), shape: [1, 5, rows.length] };
}

export interface DetectorOptions {
  /** Shape of the output: [N, 5, A] or [N, A, 5]. */
  readonly transposed?: boolean;
  readonly batch?: number | string;
  /** The runtime fails where the mean of the batch's red channel reaches 0.5. */
  readonly failsOnRed?: boolean;
}

/**
 * A detector in the YOLOv8 form: every 8 × 8 cell of a 64 × 64 picture predicts a 16 × 16 box
 * around its centre, whose score is the mean of the cell's red channel (0…1).
 */
export function buildDetector(options: DetectorOptions = {}): Uint8Array {
  const { transposed = false, batch = 'n', failsOnRed = false } = options;
  const { inputPx, cellPx } = detectorGrid;
  const red = Array.from({ length: 3 * cellPx ** 2 }, (_, i) => (i < cellPx ** 2 ? 1 : 0));
  const constants: Record<string, OnnxTensor> = {
    kernel: {
      type: 'float32',
      shape: [1, 3, cellPx, cellPx],
      values: red.map((value) => value / cellPx ** 2),
    },
    flat: { type: 'int64', shape: [3], values: [0, 1, anchors] },
    boxes: { type: 'float32', shape: [1, 4, anchors], values: cellBoxes() },
    zero: { type: 'float32', shape: [1], values: [0] },
  };
  const nodes: OnnxNode[] = [
    {
      op: 'Conv',
      inputs: ['images', 'kernel'],
      outputs: ['grid'],
      attributes: { strides: { ints: [cellPx, cellPx] } },
    },
    { op: 'Reshape', inputs: ['grid', 'flat'], outputs: ['rawScores'] },
    ...(failsOnRed ? failingNodes(constants) : []),
    { op: 'Mul', inputs: [failsOnRed ? 'guarded' : 'rawScores', 'zero'], outputs: ['nothing'] },
    { op: 'Add', inputs: ['nothing', 'boxes'], outputs: ['batchBoxes'] },
    {
      op: 'Concat',
      inputs: ['batchBoxes', 'rawScores'],
      outputs: [transposed ? 'joined' : 'predictions'],
      attributes: { axis: { int: 1 } },
    },
  ];
  if (transposed) {
    nodes.push({
      op: 'Transpose',
      inputs: ['joined'],
      outputs: ['predictions'],
      attributes: { perm: { ints: [0, 2, 1] } },
    });
  }
  return buildOnnx({
    nodes,
    constants,
    inputs: { images: [batch, 3, inputPx, inputPx] },
    outputs: { predictions: transposed ? [batch, anchors, 5] : [batch, 5, anchors] },
  });
}

/** An index that lies outside its table as soon as the mean score reaches 0.5. */
function failingNodes(constants: Record<string, OnnxTensor>): OnnxNode[] {
  constants['two'] = { type: 'float32', shape: [1], values: [2] };
  constants['table'] = { type: 'float32', shape: [1], values: [0] };
  return [
    {
      op: 'ReduceMean',
      inputs: ['rawScores'],
      outputs: ['mean'],
      attributes: { keepdims: { int: 0 } },
    },
    { op: 'Mul', inputs: ['mean', 'two'], outputs: ['scaled'] },
    { op: 'Cast', inputs: ['scaled'], outputs: ['index'], attributes: { to: { int: 7 } } },
    { op: 'Gather', inputs: ['table', 'index'], outputs: ['looked'] },
    { op: 'Add', inputs: ['rawScores', 'looked'], outputs: ['guarded'] },
  ];
}

/** The mean of every colour channel, each repeated so that there are `dimension` numbers. */
export function buildEmbedder(
  inputPx: number,
  dimension: number,
  inputName: string,
  layout: 'NCHW' | 'NHWC' = 'NCHW',
): Uint8Array {
  const spread = Array.from({ length: 3 * dimension }, (_, i) =>
    Math.floor(i / dimension) === (i % dimension) % 3 ? 1 : 0,
  );
  const spatial = layout === 'NCHW' ? [2, 3] : [1, 2];
  return buildOnnx({
    nodes: [
      {
        op: 'ReduceMean',
        inputs: [inputName],
        outputs: ['means'],
        attributes: { axes: { ints: spatial }, keepdims: { int: 0 } },
      },
      { op: 'MatMul', inputs: ['means', 'spread'], outputs: ['embedding'] },
    ],
    constants: { spread: { type: 'float32', shape: [3, dimension], values: spread } },
    inputs: {
      [inputName]: layout === 'NCHW' ? ['n', 3, inputPx, inputPx] : ['n', inputPx, inputPx, 3],
    },
    outputs: { embedding: ['n', dimension] },
  });
}

const unitInput = { mean: [0, 0, 0] as const, std: [255, 255, 255] as const };

export interface TestModels {
  readonly detector?: Uint8Array;
  readonly identity?: Uint8Array;
  readonly look?: Uint8Array;
  /** Changes the manifest before it is written. */
  readonly edit?: (manifest: ManifestInput) => void;
}

/** Writes a models folder as someone who brings their own would; returns the folder. */
export async function writeTestModels(folder: string, models: TestModels = {}): Promise<string> {
  await mkdir(folder, { recursive: true });
  const write = async (name: string, bytes: Uint8Array) => {
    await writeFile(join(folder, name), bytes);
    return {
      name,
      revision: '1',
      file: name,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      licence: 'MIT',
    };
  };
  const manifest: ManifestInput = {
    schema: 1,
    name: 'generated',
    revision: '1',
    detector: {
      ...(await write('detector.onnx', models.detector ?? buildDetector())),
      input: {
        name: 'images',
        layout: 'NCHW',
        colourOrder: 'RGB',
        width: detectorGrid.inputPx,
        height: detectorGrid.inputPx,
        mean: [...unitInput.mean],
        std: [...unitInput.std],
      },
      output: { name: 'predictions', format: 'yolov8' },
      scoreThreshold: 0.6,
      nmsIou: 0.5,
    },
    identity: {
      ...(await write('identity.onnx', models.identity ?? buildEmbedder(16, 6, 'crops'))),
      input: {
        name: 'crops',
        layout: 'NCHW',
        colourOrder: 'RGB',
        width: 16,
        height: 16,
        mean: [...unitInput.mean],
        std: [...unitInput.std],
      },
      output: { name: 'embedding', dimension: 6 },
      crop: { scale: 1, shiftY: 0 },
    },
    look: {
      ...(await write('look.onnx', models.look ?? buildEmbedder(24, 9, 'images', 'NHWC'))),
      input: {
        name: 'images',
        layout: 'NHWC',
        colourOrder: 'BGR',
        width: 24,
        height: 24,
        mean: [...unitInput.mean],
        std: [...unitInput.std],
        fit: 'stretch',
      },
      output: { name: 'embedding', dimension: 9 },
    },
    fusion: { defaultWeight: 0.6 },
    calibration: { kind: 'logistic', slope: 12, intercept: -7, threshold: 0.55 },
  };
  models.edit?.(manifest);
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}
