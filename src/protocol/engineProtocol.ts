import * as z from 'zod';
import { defaultSettings, executionProviders, speeds } from '../common/settings.ts';
import { boxSchema } from './boxSchema.ts';
import { characterRequests } from './characterProtocol.ts';
import { doctorSchema } from './doctorReport.ts';
import { failureSchema } from './failureSchema.ts';
import { providerReportSchema } from './providerReport.ts';
import { selfTestSchema } from './selfTest.ts';

/**
 * The border between the engine process and whoever started it (extension host, tests), as
 * JSON-RPC over Node's IPC channel. Both sides check what arrives with these schemas; inside
 * the border the inferred types are trusted. Boxes are in pixels of the upright image.
 */
export const protocolVersion = 1;

/** The settings of the engine; what is left out takes its usual value. */
export const settingsSchema = z.strictObject({
  include: z.array(z.string()).readonly().default(defaultSettings.include),
  exclude: z.array(z.string()).readonly().default(defaultSettings.exclude),
  useGitignore: z.boolean().default(defaultSettings.useGitignore),
  useDefaultExcludes: z.boolean().default(defaultSettings.useDefaultExcludes),
  usePolling: z.boolean().default(defaultSettings.usePolling),
  followSymlinks: z.boolean().default(defaultSettings.followSymlinks),
  executionProvider: z.enum(executionProviders).default(defaultSettings.executionProvider),
  speed: z.enum(speeds).default(defaultSettings.speed),
  modelsFolder: z.string().nullable().default(defaultSettings.modelsFolder),
  maxPixels: z.number().int().positive().default(defaultSettings.maxPixels),
  charactersFile: z.string().max(4_096).default(defaultSettings.charactersFile),
});

export const folderSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  path: z.string(),
});

export const initializeParams = z.strictObject({
  protocolVersion: z.literal(protocolVersion),
  /** Where database, index and thumbnails live; created when missing. */
  storageFolder: z.string(),
  folders: z.array(folderSchema),
  settings: settingsSchema,
  /** Whether the folders are watched and re-indexed as they change. */
  watch: z.boolean(),
  /** Whether indexing starts at once, or waits for `index/start`. */
  autoStart: z.boolean(),
  /**
   * How the engine before this one ended, as its parent saw it: by itself or never
   * (`ended`), by a signal from outside (`killed`), or by a fault of its own (`crashed`).
   */
  previousExit: z.enum(['ended', 'killed', 'crashed']).default('ended'),
});
export type InitializeParams = z.input<typeof initializeParams>;

/**
 * What the indexer is doing. `paused` keeps its place; `failed` means that the run itself
 * could not go on (not that some files failed).
 */
export const indexPhases = [
  'starting',
  'idle',
  'scanning',
  'indexing',
  'paused',
  'failed',
] as const;

export const progressSchema = z.strictObject({
  phase: z.enum(indexPhases),
  /** Images of this run that are finished (indexed or failed) and that it will process. */
  done: z.number().int().nonnegative(),
  total: z.number().int().nonnegative(),
  faces: z.number().int().nonnegative(),
  failures: z.number().int().nonnegative(),
  /** Over the last seconds; null before there is a measurement. */
  imagesPerSecond: z.number().nonnegative().nullable(),
  remainingSeconds: z.number().nonnegative().nullable(),
  /** The last run was cancelled: images of the folders may be missing. */
  interrupted: z.boolean(),
  /** Why the run failed. */
  failure: failureSchema.nullable(),
});
export type Progress = z.infer<typeof progressSchema>;

/** Pictures, or what may lead to some, that the last scan of everything left out. */
export const passedOverSchema = z.strictObject({
  /** Name ending of a format that is not read → files. */
  unsupported: z.record(z.string(), z.number().int().positive()),
  /** By the settings or by ignore files: images in folders that are looked into, … */
  ignored: z.number().int().nonnegative(),
  /** … and folders that are not. */
  ignoredFolders: z.number().int().nonnegative(),
  /** Links out of the folder. */
  outside: z.number().int().nonnegative(),
});
export type PassedOver = z.infer<typeof passedOverSchema>;

export const statsSchema = z.strictObject({
  images: z.number().int(),
  files: z.number().int(),
  faces: z.number().int(),
  imagesWithoutFaces: z.number().int(),
  failures: z.number().int(),
  passedOver: passedOverSchema,
  databaseBytes: z.number(),
  indexBytes: z.number(),
  thumbnailBytes: z.number(),
  model: z.strictObject({ name: z.string(), revision: z.string() }),
  provider: providerReportSchema,
  /** `exact` where no native index can be loaded. */
  search: z.enum(['annoy', 'exact']),
  storageFolder: z.string(),
  readOnly: z.boolean(),
});
export type Stats = z.infer<typeof statsSchema>;

export const failedFileSchema = failureSchema.extend({
  fileId: z.number().int(),
  path: z.string(),
  relativePath: z.string(),
  /** How often it was tried; a file that killed the engine twice is not tried again by itself. */
  attempts: z.number().int(),
  quarantined: z.boolean(),
});
export type FailedFile = z.infer<typeof failedFileSchema>;

export const faceSchema = z.strictObject({
  id: z.number().int(),
  box: boxSchema,
  /** Detector score 0…1; 1 for a face drawn by hand. */
  score: z.number(),
  source: z.enum(['detected', 'manual']),
  character: z.string().nullable(),
});
export type Face = z.infer<typeof faceSchema>;

/** What a search may start from. Bytes are a whole image file, base64. */
export const querySourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('path'), path: z.string() }),
  z.strictObject({ kind: z.literal('image'), imageId: z.number().int() }),
  z.strictObject({ kind: z.literal('bytes'), name: z.string(), base64: z.string() }),
]);
export type QuerySource = z.infer<typeof querySourceSchema>;

/** A query image, decoded and embedded; the engine remembers it under `queryId` for a while. */
export const queryImageSchema = z.strictObject({
  queryId: z.string(),
  /** Null for an image that is not part of the library. */
  imageId: z.number().int().nullable(),
  name: z.string(),
  path: z.string().nullable(),
  width: z.number().int(),
  height: z.number().int(),
  /** Absolute path of a preview (JPEG or WebP) of at most 1024 px below the storage folder. */
  preview: z.string(),
  faces: z.array(faceSchema),
});
export type QueryImage = z.infer<typeof queryImageSchema>;

export const similarParams = z.strictObject({
  /** Several queries are searched for their union: a result counts with its best match. */
  queries: z
    .array(
      z.strictObject({
        queryId: z.string(),
        /** Faces to search by; none searches by the whole image alone. */
        faceIds: z.array(z.number().int()),
      }),
    )
    .min(1),
  /** w of the fusion: 1 is "same character", 0 is "same feel". */
  weight: z.number().min(0).max(1),
  offset: z.number().int().nonnegative(),
  limit: z.number().int().positive().max(5_000),
});
export type SimilarParams = z.infer<typeof similarParams>;

export const placeSchema = z.strictObject({ path: z.string(), relativePath: z.string() });

export const resultSchema = z.strictObject({
  imageId: z.number().int(),
  path: z.string(),
  relativePath: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  /** Absolute path of a thumbnail (JPEG or WebP) below the storage folder; null when it is missing. */
  thumbnail: z.string().nullable(),
  /** w · identity cosine + (1 − w) · look cosine; results are sorted by it, best first. */
  score: z.number(),
  /** The face that matched best; null when the whole images were compared. */
  face: faceSchema.nullable(),
  /** The query's face that it was compared with. */
  queryFaceId: z.number().int().nullable(),
  identityCosine: z.number().nullable(),
  lookCosine: z.number(),
  /** Calibrated probability of "same character", 0…1; null without faces. */
  probability: z.number().nullable(),
  /** Other files with the same content. */
  copies: z.array(placeSchema),
});
export type SimilarResult = z.infer<typeof resultSchema>;

export const similarResultSchema = z.strictObject({
  results: z.array(resultSchema),
  /** How many results there are in all; `results` is the asked page of them. */
  total: z.number().int(),
  /** The query images themselves and files with the same content. */
  copiesOfQuery: z.array(placeSchema),
  /** Query images whose file is no longer where it was, with a place where it is now. */
  moved: z.array(z.strictObject({ queryId: z.string(), name: z.string(), path: z.string() })),
  /** Whether indexing is still under way, so that more may come. */
  partial: z.boolean(),
  search: z.enum(['annoy', 'exact']),
  /** Changes whenever the library does: equal epochs mean equal answers. */
  epoch: z.number().int(),
});
export type SimilarResults = z.infer<typeof similarResultSchema>;

/** What a person can decide; see `DecisionTable`. */
export const decisionKindSchema = z.enum(['draw-face', 'remove-face', 'not-same']);

/** A decision that holds, with the faces it is about. */
export const decisionSchema = z.strictObject({
  id: z.string(),
  kind: decisionKindSchema,
  /** Milliseconds since 1970. */
  madeMs: z.number(),
  /** What was decided, for kinds that need a text. */
  value: z.string().nullable(),
  faces: z.array(
    z.strictObject({
      /** A file that shows the face; null where none does at the moment. */
      path: z.string().nullable(),
      relativePath: z.string().nullable(),
      thumbnail: z.string().nullable(),
      /** Relative to the size of the picture: 0…1. */
      box: boxSchema,
    }),
  ),
});
export type ListedDecision = z.infer<typeof decisionSchema>;

export const exportFormats = ['csv', 'json', 'coco'] as const;

const nothing = z.null();
const decisionIds = z.strictObject({ ids: z.array(z.string()).min(1) });
/** The image after a decision about its faces, and what undoes that; null where nothing is kept. */
const decidedQuery = z.strictObject({
  image: queryImageSchema,
  decisionId: z.string().nullable(),
});
const fileIds = z.strictObject({ fileIds: z.array(z.number().int()).nullable() });

/** Requests to the engine: method → parameters and result. Every one can be cancelled. */
export const engineRequests = {
  initialize: { params: initializeParams, result: nothing },
  /** Ends the engine after the image in work; the process exits by itself. */
  shutdown: { params: nothing, result: nothing },
  setFolders: { params: z.strictObject({ folders: z.array(folderSchema) }), result: nothing },
  setSettings: { params: z.strictObject({ settings: settingsSchema }), result: nothing },
  /** Scans and indexes what is new; with `force` everything is processed again. */
  'index/start': { params: z.strictObject({ force: z.boolean() }), result: nothing },
  'index/pause': { params: nothing, result: nothing },
  'index/resume': { params: nothing, result: nothing },
  /** Ends the current run; what is done stays done. */
  'index/cancel': { params: nothing, result: nothing },
  progress: { params: nothing, result: progressSchema },
  stats: { params: nothing, result: statsSchema },
  failures: { params: nothing, result: z.array(failedFileSchema) },
  /** Tries failed files again; null means all of them. */
  'failures/retry': { params: fileIds, result: nothing },
  /**
   * How many image files the folders hold, counted no further than `limit`, and about how many seconds
   * their indexing takes.
   */
  'files/count': {
    params: z.strictObject({ limit: z.number().int().positive() }),
    result: z.strictObject({ count: z.number().int(), seconds: z.number().nonnegative() }),
  },
  'query/open': { params: z.strictObject({ source: querySourceSchema }), result: queryImageSchema },
  /** Adds a face drawn by hand and embeds it; kept in the store when the image is in it. */
  'query/addFace': {
    params: z.strictObject({ queryId: z.string(), box: boxSchema }),
    result: decidedQuery,
  },
  /** Removes a face: a false detection stays away, of one drawn by hand the drawing is undone. */
  'query/removeFace': {
    params: z.strictObject({ queryId: z.string(), faceId: z.number().int() }),
    result: decidedQuery,
  },
  /** The image with the faces that the library has now; those that are still there keep their ids. */
  'query/refresh': { params: z.strictObject({ queryId: z.string() }), result: queryImageSchema },
  'query/similar': { params: similarParams, result: similarResultSchema },
  /** Remembers that two faces are not the same character; the pair is not shown again. */
  'query/reject': {
    params: z.strictObject({
      queryId: z.string(),
      queryFaceId: z.number().int(),
      faceId: z.number().int(),
    }),
    result: z.strictObject({ decisionId: z.string() }),
  },
  /** What people decided and what holds, the newest first. */
  'decisions/list': { params: nothing, result: z.array(decisionSchema) },
  /** Takes decisions back, all or none. */
  'decisions/undo': { params: decisionIds, result: nothing },
  /** Makes decisions hold again that were taken back, all or none. */
  'decisions/redo': { params: decisionIds, result: nothing },
  /** Writes all decisions, one JSON object a line; the file appears whole or not at all. */
  'decisions/export': {
    params: z.strictObject({ path: z.string() }),
    result: z.strictObject({ count: z.number().int() }),
  },
  /** Makes the decisions of such a file hold, all or none. */
  'decisions/import': {
    params: z.strictObject({ path: z.string() }),
    result: z.strictObject({
      made: z.number().int(),
      known: z.number().int(),
      /** Of all, those about pictures that are not in the library: they wait for them. */
      waiting: z.number().int(),
    }),
  },
  /** Writes the face map; the file appears whole or not at all. */
  export: {
    params: z.strictObject({ format: z.enum(exportFormats), path: z.string() }),
    result: z.strictObject({ images: z.number().int(), faces: z.number().int() }),
  },
  doctor: { params: nothing, result: doctorSchema },
  ...characterRequests,
  /** Forgets what was found out about accelerators, and tries them again when models are next needed. */
  'models/forgetProbes': { params: nothing, result: nothing },
} as const;

export type EngineRequests = typeof engineRequests;
export type EngineMethod = keyof EngineRequests;
export type EngineParams<M extends EngineMethod> = z.infer<EngineRequests[M]['params']>;
export type EngineResult<M extends EngineMethod> = z.infer<EngineRequests[M]['result']>;

/** Notifications from the engine. */
export const engineNotifications = {
  /** The first one. An engine with a required failure ends after it. */
  selfTest: selfTestSchema,
  progress: progressSchema,
  /** The library changed (at most a few times a second); open results may be stale. */
  changed: z.strictObject({ epoch: z.number().int() }),
  provider: providerReportSchema,
  /** The system watches no more folders: changes are looked for now and then instead. Told once. */
  watchLimit: z.strictObject({
    /** The kernel's setting that raises it. */
    setting: z.string(),
    intervalSeconds: z.number().positive(),
  }),
  log: z.strictObject({
    level: z.enum(['debug', 'info', 'warning', 'error']),
    message: z.string(),
  }),
} as const;

export type EngineNotifications = typeof engineNotifications;
export type EngineNotification = keyof EngineNotifications;
export type EngineNotificationParams<N extends EngineNotification> = z.infer<
  EngineNotifications[N]
>;

/** The `data` of a JSON-RPC error response. */
export const errorDataSchema = failureSchema;
/** JSON-RPC error code of every failure of ours (the range is free for applications). */
export const failureErrorCode = 1;
