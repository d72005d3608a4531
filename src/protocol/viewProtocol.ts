import * as z from 'zod';
import { sanitizeDisplayText } from '../common/sanitizeDisplayText.ts';
import { boxSchema } from './boxSchema.ts';
import { progressSchema } from './engineProtocol.ts';
import { failureSchema } from './failureSchema.ts';

/**
 * The border between the extension host and a webview (the Similar view and the panel beside
 * the editor, which run the same application). State lives in the host: the view draws the
 * last `state` and `results` it was sent, and asks for changes by requests. Pictures are named
 * by ids; paths cross only as text to show. URIs of pictures are webview URIs.
 *
 * The two sides speak `vscode-messenger`: a method here is the `method` there. Whoever
 * receives checks with these schemas; a message that fails its check is logged and refused.
 */

const nothing = z.null();
const id = z.number().int();
const count = z.number().int().nonnegative();
/** A side of an image, in pixels. */
const side = z.number().int().positive();
/** Text of any origin, file names above all; what could deceive the eye is made visible. */
const shown = z.string().transform(sanitizeDisplayText);
/** A failure as it may be shown. */
export const shownFailureSchema = failureSchema.extend({ message: shown, remedy: shown });

/** Where the view is: its width and surroundings differ, its behaviour does not. */
export const placements = ['sidebar', 'panel'] as const;
export type Placement = (typeof placements)[number];

export const viewFaceSchema = z.strictObject({
  id,
  /** 1, 2, … in reading order within its image: the digit drawn at the box. */
  number: z.number().int().positive(),
  /** In pixels of the upright image, like `width` and `height` of its image. */
  box: boxSchema,
  score: z.number(),
  source: z.enum(['detected', 'manual']),
  character: shown.nullable(),
});
export type ViewFace = z.infer<typeof viewFaceSchema>;

export const viewQuerySchema = z.strictObject({
  queryId: z.string(),
  name: shown,
  /** Where it comes from, to show: a relative path, or the like of "Clipboard". */
  label: shown,
  width: side,
  height: side,
  /** URI of a preview of at most 1024 px with the proportions of the image. */
  preview: z.string(),
  /** False for images from the clipboard or from outside the workspace. */
  inLibrary: z.boolean(),
  faces: z.array(viewFaceSchema),
  /** Faces that are searched by; none means by the whole image alone. */
  selectedFaceIds: z.array(id),
});
export type ViewQuery = z.infer<typeof viewQuerySchema>;

/** Why indexing has not begun by itself and waits for the person. */
export const waitingSchema = z.discriminatedUnion('reason', [
  /** More images than the setting `familiarFaces.askAbove`. */
  z.strictObject({
    reason: z.literal('large'),
    count,
    /** Whether there are no more than `count`. */
    isExact: z.boolean(),
    /** About how long their indexing takes. */
    seconds: z.number().nonnegative(),
  }),
  /** The workspace is in Restricted Mode. */
  z.strictObject({ reason: z.literal('untrusted') }),
]);

export const viewStateSchema = z.strictObject({
  /** `none`: no folder is open. `lost`: the engine died too often and waits for `engine/restart`. */
  engine: z.enum(['none', 'starting', 'ready', 'lost']),
  /** Why the engine is lost. */
  engineFailure: shownFailureSchema.nullable(),
  waiting: waitingSchema.nullable(),
  progress: progressSchema.extend({ failure: shownFailureSchema.nullable() }),
  library: z.strictObject({ images: count, faces: count }).nullable(),
  /** Names of the images that are being decoded to become the query. */
  opening: z.array(shown),
  /** Why the last image could not be opened; cleared by the next. */
  openFailure: shownFailureSchema.nullable(),
  queries: z.array(viewQuerySchema),
  /** w of the fusion: 1 is "same character", 0 is "same feel". */
  weight: z.number().min(0).max(1),
  /** w that the models were found to be best with. */
  defaultWeight: z.number().min(0).max(1),
  searching: z.boolean(),
  searchFailure: shownFailureSchema.nullable(),
});
export type ViewState = z.infer<typeof viewStateSchema>;

export const cardSchema = z.strictObject({
  imageId: id,
  /** File name and folder, to show; the folder begins with the workspace folder's name
   * where there are several. */
  name: shown,
  folder: shown,
  width: side,
  height: side,
  /** URI of a thumbnail with the proportions of the image; null when it is missing. */
  thumbnail: z.string().nullable(),
  score: z.number(),
  /** Calibrated probability of "same character", 0…1; null where no faces were compared. */
  probability: z.number().nullable(),
  /** `character` is the name of the one it shows, where there is one. */
  face: z.strictObject({ id, box: boxSchema, character: shown.nullable() }).nullable(),
  /** The query's face that matched. */
  queryFaceId: id.nullable(),
  identityCosine: z.number().nullable(),
  lookCosine: z.number(),
  /** Relative paths, to show, of other files with the same content. */
  copies: z.array(shown),
});
export type Card = z.infer<typeof cardSchema>;

export const resultsSchema = z.strictObject({
  /** Names this list; `results/page` with another one answers null. 0 is "no search yet". */
  resultsId: z.number().int().nonnegative(),
  /** `query`: another question, start at the top. `weight`: the slider moved. `refresh`: the
   * library changed; keep the place. */
  reason: z.enum(['query', 'weight', 'refresh']),
  total: count,
  /** The first cards, at most `pageSize`. */
  cards: z.array(cardSchema),
  /** Relative paths, to show, of other files with the content of a query image. */
  copiesOfQuery: z.array(shown),
  /** Indexing is under way: more may come. */
  partial: z.boolean(),
  search: z.enum(['annoy', 'exact']),
});
export type ViewResults = z.infer<typeof resultsSchema>;

/** Cards per page of results; pages start at multiples of it. */
export const pageSize = 200;

export const initialSchema = z.strictObject({
  /** Names the state of the view in the host; part of the context of context menus. */
  sessionId: z.string(),
  placement: z.enum(placements),
  /** Translations for `@vscode/l10n`, keyed by the English text; null for English. */
  l10n: z.record(z.string(), z.string()).nullable(),
  state: viewStateSchema,
  results: resultsSchema,
});

/** What a view may ask to search for. */
export const viewSourceSchema = z.discriminatedUnion('kind', [
  /** A card or one of its copies (`place` n is copy n − 1; 0 is the card's own file). */
  z.strictObject({ kind: z.literal('result'), imageId: id }),
  /** A file dragged out of the Explorer (`text/uri-list`). */
  z.strictObject({ kind: z.literal('uri'), uri: z.string().max(8192) }),
  /** A whole image file: pasted, or dropped from the system. At most 64 MiB before base64. */
  z.strictObject({
    kind: z.literal('bytes'),
    name: z.string().max(1024),
    base64: z.string().max(90_000_000),
  }),
]);
export type ViewSource = z.infer<typeof viewSourceSchema>;

const faceOfQuery = z.strictObject({ queryId: z.string(), faceId: id });
const place = { imageId: id, place: z.number().int().nonnegative() };

/** What every view may ask of the workbench, answered by one set of handlers. */
export const workbenchRequests = {
  'index/start': { params: nothing, result: nothing },
  'index/pause': { params: nothing, result: nothing },
  'index/resume': { params: nothing, result: nothing },
  'engine/restart': { params: nothing, result: nothing },
  'folder/open': { params: nothing, result: nothing },
  'trust/manage': { params: nothing, result: nothing },
  'library/show': { params: nothing, result: nothing },
  'log/show': { params: nothing, result: nothing },
} as const;

/**
 * Requests of the view: method → parameters and result. A rejected one carries
 * `failureSchema` in its `data`. What they change arrives as `state` and `results`.
 */
export const viewRequests = {
  /** The first message: the view is loaded and draws what comes back. */
  ready: { params: nothing, result: initialSchema },
  /** A page of the current results; null when they are no longer the current ones. */
  'results/page': {
    params: z.strictObject({ resultsId: z.number().int(), offset: z.number().int().nonnegative() }),
    result: z.array(cardSchema).nullable(),
  },
  /** Replaces the query; several are searched for their union. */
  'query/open': {
    params: z.strictObject({ sources: z.array(viewSourceSchema).min(1).max(16) }),
    result: nothing,
  },
  /** Lets the person choose image files of the disk and searches for them. */
  'query/choose': { params: nothing, result: nothing },
  /** Takes one image out of the query. */
  'query/close': { params: z.strictObject({ queryId: z.string() }), result: nothing },
  'faces/select': {
    params: z.strictObject({ queryId: z.string(), faceIds: z.array(id) }),
    result: nothing,
  },
  /** Adds a face drawn by hand (in pixels of the upright image) and selects it alone. */
  'faces/add': {
    params: z.strictObject({ queryId: z.string(), box: boxSchema }),
    result: nothing,
  },
  /** Removes a face: one that is none, or one drawn by hand. */
  'faces/remove': { params: faceOfQuery, result: nothing },
  /** The slider moved: `results` follow, and no `state`. */
  weight: { params: z.strictObject({ weight: z.number().min(0).max(1) }), result: nothing },
  /** Searches once more with the same faces and weight, after `searchFailure`. */
  'search/retry': { params: nothing, result: nothing },
  'result/open': {
    params: z.strictObject({ ...place, beside: z.boolean() }),
    result: nothing,
  },
  /** "Not the same character": the pair of faces is not shown again. */
  'result/reject': { params: z.strictObject({ imageId: id }), result: nothing },
  /** Takes back the last decision that was made in this window. */
  'decision/undo': { params: nothing, result: nothing },
  /** Makes the decision hold again that was undone last. */
  'decision/redo': { params: nothing, result: nothing },
  ...workbenchRequests,
} as const;

export type ViewRequests = typeof viewRequests;
export type ViewMethod = keyof ViewRequests;
export type ViewParams<M extends ViewMethod> = z.infer<ViewRequests[M]['params']>;
export type ViewResult<M extends ViewMethod> = z.infer<ViewRequests[M]['result']>;

/** Notifications of the host. */
export const viewNotifications = {
  /** The whole state, to replace the one before. */
  state: viewStateSchema,
  results: resultsSchema,
  /** Asks the view to read an image off the clipboard and to `query/open` it; where the
   * clipboard cannot be read without a gesture, the view asks for a paste. */
  readClipboard: nothing,
} as const;

/** Both directions together. */
export const viewProtocol = { requests: viewRequests, notifications: viewNotifications } as const;

export type ViewNotifications = typeof viewNotifications;
export type ViewNotification = keyof ViewNotifications;
export type ViewNotificationParams<N extends ViewNotification> = z.infer<ViewNotifications[N]>;

/**
 * The `data-vscode-context` (as JSON) of an element with a context menu. VS Code shows the
 * menu `webview/context` for it and hands the object to the chosen command. VS Code sees the
 * event from outside of shadow roots, so the attribute must be on (or moved to, when the event
 * is captured) an element of the document itself.
 */
export const cardContextSchema = z.object({
  webviewSection: z.literal('result'),
  preventDefaultContextMenuItems: z.literal(true),
  sessionId: z.string(),
  ...place,
  /** Whether faces were compared, so that "Not the same character" makes sense. */
  hasFace: z.boolean(),
});
export type CardContext = z.infer<typeof cardContextSchema>;
