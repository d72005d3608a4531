import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { FamiliarError } from '../../common/failure.ts';

/**
 * The border to the models: a folder with `manifest.json` and the ONNX files that it names.
 * Whoever brings models of their own writes such a folder and changes no code.
 */
const channels = z.tuple([z.number(), z.number(), z.number()]);

/** How 8-bit pixels become the model's float32 input: (pixel − mean) / std, pixel 0…255. */
const inputSchema = z.strictObject({
  name: z.string().min(1),
  layout: z.enum(['NCHW', 'NHWC']),
  colourOrder: z.enum(['RGB', 'BGR']),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  /** Whether sizes are free multiples of `sizeMultiple`, of about width × height pixels at most. */
  dynamicSize: z.boolean().default(false),
  sizeMultiple: z.number().int().positive().default(32),
  mean: channels.default([0, 0, 0]),
  std: channels.default([255, 255, 255]),
});
export type InputSpec = z.infer<typeof inputSchema>;

const modelFields = {
  name: z.string().min(1),
  revision: z.string().min(1),
  /** Path below the manifest's folder, with forward slashes. */
  file: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits'),
  licence: z.string().min(1),
  /** The labelled data that the weights have seen, as paths: `faces/<set>[/<character>]`. */
  trainedOn: z.array(z.string()).optional(),
};

/** float32 [N, dimension]; made unit length here whether the model does it or not. */
const embeddingOutput = z.strictObject({
  name: z.string().min(1),
  dimension: z.number().int().min(2).max(4096),
});

/** How the detector looks at each face once more, in a square view around its box. */
const refinementSchema = z.strictObject({
  /** Side of the view, in longer sides of the box. */
  viewSides: z.number().min(1).max(8),
  /** Side of the view as an input: a multiple of `sizeMultiple`. */
  sizePx: z.number().int().positive(),
  /** Exponent of the second score in the geometric mean of both: 0 leaves the first one. */
  scoreShare: z.number().min(0).max(0.9),
});
export type RefinementSpec = z.infer<typeof refinementSchema>;

const detectorSchema = z
  .strictObject({
    ...modelFields,
    input: inputSchema,
    /**
     * float32 [N, 4 + classes, A] or [N, A, 4 + classes]: centre x, centre y, width, height in
     * input pixels, then one score 0…1 per class, as YOLOv8 exports it without its NMS.
     */
    output: z.strictObject({
      name: z.string().min(1),
      format: z.literal('yolov8'),
      classes: z.number().int().positive().default(1),
    }),
    scoreThreshold: z.number().min(0).max(1),
    nmsIou: z.number().min(0).max(1),
    /** Left out, boxes stay as they were found first. */
    refinement: refinementSchema.optional(),
  })
  .refine(
    ({ input, refinement }) =>
      refinement === undefined ||
      (input.dynamicSize && refinement.sizePx % input.sizeMultiple === 0),
    'refinement needs an input of dynamic size, and a view that is a multiple of its sizeMultiple',
  );

const identitySchema = z.strictObject({
  ...modelFields,
  input: inputSchema.refine(({ width, height }) => width === height, 'must be a square'),
  output: embeddingOutput,
  /** The square around a face box that the model was trained to see (see `headSquare`). */
  crop: z.strictObject({ scale: z.number().min(0.5).max(8), shiftY: z.number().min(-1).max(1) }),
});

const lookSchema = z.strictObject({
  ...modelFields,
  input: inputSchema.extend({ fit: z.enum(['letterbox', 'stretch']) }),
  output: embeddingOutput,
});

/** How the identity vector of a box has a say in whether it is a face (`rescore`). */
const rescoringSchema = z.strictObject({
  /** One per number of the identity vector. */
  weights: z.array(z.number()),
  bias: z.number(),
  /** Boxes to which the detector gives less are not embedded, and no faces. */
  candidateScore: z.number().min(0).max(1),
});
export type RescoringSpec = z.infer<typeof rescoringSchema>;

export const manifestSchema = z
  .strictObject({
    schema: z.literal(1),
    name: z.string().min(1),
    revision: z.string().min(1),
    detector: detectorSchema,
    identity: identitySchema,
    look: lookSchema,
    /** w of the fusion that a search starts with. */
    fusion: z.strictObject({ defaultWeight: z.number().min(0).max(1) }),
    /**
     * P(same character) = 1 / (1 + exp(−(slope · cosine + intercept))); `threshold` is the cosine
     * of the best pairwise F1.
     */
    calibration: z.strictObject({
      kind: z.literal('logistic'),
      slope: z.number().positive(),
      intercept: z.number(),
      threshold: z.number().min(-1).max(1),
    }),
    /** Left out, the detector's score decides alone. */
    rescoring: rescoringSchema.optional(),
  })
  .refine(
    ({ identity, rescoring }) =>
      rescoring === undefined || rescoring.weights.length === identity.output.dimension,
    'rescoring needs as many weights as the identity vector has numbers',
  );
export type Manifest = z.infer<typeof manifestSchema>;
export type DetectorSpec = Manifest['detector'];

export const modelRoles = ['detector', 'identity', 'look'] as const;
export type ModelRole = (typeof modelRoles)[number];

/** A checked manifest and where its models lie. */
export interface ModelFolder {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Absolute paths. */
  readonly files: Readonly<Record<ModelRole, string>>;
}

/** Raised whenever decoding, resizing or cropping changes what the models are shown. */
const preprocessingVersion = 3;

const brokenManifest =
  'Correct the manifest of the models folder, or clear the setting to use the models that come along.';
const brokenFile =
  'Restore the file or install the extension again; for models of your own, update "sha256" in the manifest.';

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** The real path of a model file, which must lie below the folder even when it is a link. */
async function resolveModel(folder: string, role: ModelRole, file: string): Promise<string> {
  const escapes = (path: string) => path.startsWith('..') || isAbsolute(path);
  const path = join(folder, file);
  if (isAbsolute(file) || escapes(relative(folder, path))) {
    throw new FamiliarError(
      'model-manifest',
      `Expected a path below the models folder for ${role}.file but received ${JSON.stringify(file)}.`,
      { remedy: brokenManifest },
    );
  }
  let real: string;
  try {
    real = await realpath(path);
  } catch (cause) {
    throw new FamiliarError(
      'model-file',
      `Expected the ${role} model at ${path} but found no file there.`,
      { remedy: brokenFile, cause },
    );
  }
  if (escapes(relative(await realpath(folder), real))) {
    throw new FamiliarError(
      'model-manifest',
      `Expected ${role}.file inside the models folder but it links to ${real}.`,
      { remedy: brokenManifest },
    );
  }
  return real;
}

async function readManifest(path: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new FamiliarError('model-manifest', `Expected a model manifest at ${path}.`, {
      remedy: brokenManifest,
      cause,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FamiliarError(
      'model-manifest',
      `Expected JSON in ${path} but received: ${cause instanceof Error ? cause.message : cause}.`,
      { remedy: brokenManifest, cause },
    );
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    throw new FamiliarError(
      'model-manifest',
      `Expected a model manifest of schema 1 in ${path} but received:\n${z.prettifyError(parsed.error)}`,
      { remedy: brokenManifest, cause: parsed.error },
    );
  }
  return parsed.data;
}

/**
 * Reads and checks a models folder: the schema, that every file exists below the folder, and
 * its SHA-256.
 *
 * @throws FamiliarError `model-manifest` or `model-file`.
 */
export async function loadManifest(folder: string): Promise<ModelFolder> {
  const manifest = await readManifest(join(folder, 'manifest.json'));
  const resolved = await Promise.all(
    modelRoles.map(async (role) => {
      const path = await resolveModel(folder, role, manifest[role].file);
      const actual = await sha256(path);
      if (actual !== manifest[role].sha256) {
        throw new FamiliarError(
          'model-file',
          `Expected SHA-256 ${manifest[role].sha256} for ${path} but received ${actual}.`,
          { remedy: brokenFile },
        );
      }
      return [role, path] as const;
    }),
  );
  return { folder, manifest, files: Object.fromEntries(resolved) as Record<ModelRole, string> };
}

/**
 * One word that changes with every weight and every parameter that decides which faces are
 * found and what their vectors are. Names, licences, fusion and calibration do not: they leave
 * stored vectors valid.
 */
export function modelRevision(manifest: Manifest): string {
  const { detector, identity, look, rescoring } = manifest;
  const decisive = [
    preprocessingVersion,
    [detector.sha256, detector.input, detector.output, detector.scoreThreshold, detector.nmsIou],
    detector.refinement ?? null,
    [identity.sha256, identity.input, identity.output, identity.crop],
    [look.sha256, look.input, look.output],
    rescoring ?? null,
  ];
  const digest = createHash('sha256').update(JSON.stringify(decisive)).digest('hex');
  return `${manifest.name}@${manifest.revision}+${digest.slice(0, 16)}`;
}

/** How many numbers the vectors of these models have. */
export function vectorDimensions({ identity, look }: Manifest): {
  readonly identity: number;
  readonly look: number;
} {
  return { identity: identity.output.dimension, look: look.output.dimension };
}
