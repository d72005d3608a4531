import * as z from 'zod';
import { sanitizeDisplayText } from '../common/sanitizeDisplayText.ts';
import { boxSchema } from './boxSchema.ts';
import { characterDecisionSchema } from './characterProtocol.ts';
import {
  placements,
  shownFailureSchema,
  viewStateSchema,
  workbenchRequests,
} from './viewProtocol.ts';

/**
 * The border between the extension host and the Characters view, in the side bar or in a panel. As
 * in `viewProtocol.ts` the state lives in the host, and the page draws what it was sent last;
 * characters and faces are named by ids, and paths cross only as text to show.
 */

const nothing = z.null();
const id = z.number().int();
const count = z.number().int().nonnegative();
const faceIds = z.array(id).min(1).max(10_000);
const shown = z.string().transform(sanitizeDisplayText);
/** Typed by a person, on its way to the engine, which cleans it. */
const typedName = z.string().max(2_000);

/** A face in the picture that shows it. */
export const headSchema = z.strictObject({
  /** URI of a thumbnail of the whole picture; null where it is missing. */
  thumbnail: z.string().nullable(),
  /** Pixels of the upright picture, like `box`. */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  box: boxSchema,
});
export type Head = z.infer<typeof headSchema>;

export const characterCardSchema = z.strictObject({
  kind: z.literal('character'),
  id,
  /** Null for one that has no name yet. */
  name: shown.nullable(),
  aliases: z.array(shown),
  hidden: z.boolean(),
  faces: count,
  confirmed: count,
  head: headSchema.nullable(),
});
export type CharacterCard = z.infer<typeof characterCardSchema>;

export const faceCardSchema = z.strictObject({
  kind: z.literal('face'),
  /** Of the face. */
  id,
  /** File name and folder, to show. */
  name: shown,
  folder: shown,
  /** Whether a person said of this very face that it is the character. */
  confirmed: z.boolean(),
  head: headSchema,
});
export type FaceCard = z.infer<typeof faceCardSchema>;

export const listCardSchema = z.discriminatedUnion('kind', [characterCardSchema, faceCardSchema]);
export type ListCard = z.infer<typeof listCardSchema>;

export const proposalSchema = z.strictObject({
  id,
  name: shown,
  faces: count,
  matching: count,
  head: headSchema.nullable(),
});
export type Proposal = z.infer<typeof proposalSchema>;

/** What fills the view below its bar. */
export const openPageSchema = z.discriminatedUnion('kind', [
  /** All characters. */
  z.strictObject({ kind: z.literal('all') }),
  /** One character; the list holds its faces. */
  z.strictObject({
    kind: z.literal('character'),
    character: characterCardSchema,
    /** Faces that may be the character, to be said yes or no to. */
    suggestions: z.array(faceCardSchema),
  }),
  /** Faces that look like no other. */
  z.strictObject({ kind: z.literal('singles') }),
  /** Names found in the names of files. */
  z.strictObject({ kind: z.literal('proposals'), proposals: z.array(proposalSchema) }),
]);
export type OpenPage = z.infer<typeof openPageSchema>;

export const charactersStateSchema = viewStateSchema
  .pick({ engine: true, engineFailure: true, waiting: true, progress: true, library: true })
  .extend({
    page: openPageSchema,
    filter: z.string(),
    /** Whether the hidden characters are listed instead of the others. */
    hidden: z.boolean(),
    counts: z.strictObject({
      characters: count,
      named: count,
      singles: count,
      hidden: count,
      /** Unnamed characters for which file names have a name. */
      proposals: count,
    }),
    /** Faces are being grouped: more may come. */
    grouping: z.boolean(),
    /** What *Undo* would take back. */
    undo: characterDecisionSchema.extend({ subject: shown }).nullable(),
    /** Why the list could not be read. */
    failure: shownFailureSchema.nullable(),
  });
export type CharactersState = z.infer<typeof charactersStateSchema>;

export const characterListSchema = z.strictObject({
  /** Names this list; `list/page` with another one answers null. 0 is "nothing read yet". */
  resultsId: count,
  /** `query`: another list, start at the top. `refresh`: it changed; keep the place. */
  reason: z.enum(['query', 'refresh']),
  total: count,
  /** The first cards, at most `pageSize`. */
  cards: z.array(listCardSchema),
});
export type CharacterCards = z.infer<typeof characterListSchema>;

const changed = z.strictObject({ id });

/** Requests of the view: method → parameters and result. What they change arrives as `state`. */
export const charactersViewRequests = {
  ready: {
    params: nothing,
    result: z.strictObject({
      sessionId: z.string(),
      placement: z.enum(placements),
      /** Translations for `@vscode/l10n`, keyed by the English text; null for English. */
      l10n: z.record(z.string(), z.string()).nullable(),
      state: charactersStateSchema,
      list: characterListSchema,
    }),
  },
  'list/page': {
    params: z.strictObject({ resultsId: z.number().int(), offset: count }),
    result: z.array(listCardSchema).nullable(),
  },
  filter: {
    params: z.strictObject({ filter: z.string().max(1_000), hidden: z.boolean() }),
    result: nothing,
  },
  'page/open': {
    params: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('all') }),
      z.strictObject({ kind: z.literal('character'), id }),
      z.strictObject({ kind: z.literal('singles') }),
      z.strictObject({ kind: z.literal('proposals') }),
    ]),
    result: nothing,
  },
  /** All names, for completion. */
  names: { params: nothing, result: z.array(z.strictObject({ id, name: shown })) },
  /** Names a character; where another has the name, that one comes back and nothing is changed. */
  name: {
    params: z.strictObject({ id, name: typedName }),
    result: z.strictObject({ existing: z.strictObject({ id, name: shown }).nullable() }),
  },
  /** Says of faces that they are the character of that name, new or known. */
  nameFaces: { params: z.strictObject({ faceIds, name: typedName }), result: changed },
  merge: { params: z.strictObject({ ids: z.array(id).min(2).max(1_000) }), result: changed },
  split: { params: z.strictObject({ id, faceIds }), result: changed },
  judge: { params: z.strictObject({ id, faceIds, same: z.boolean() }), result: changed },
  hide: {
    params: z.strictObject({ ids: z.array(id).min(1).max(5_000), hidden: z.boolean() }),
    result: nothing,
  },
  cover: { params: z.strictObject({ id, faceId: id }), result: changed },
  undo: { params: nothing, result: nothing },
  /** Takes names over from the proposals. */
  'proposals/accept': {
    params: z.strictObject({
      accepted: z.array(z.strictObject({ id, name: typedName })).max(5_000),
    }),
    result: nothing,
  },
  /** Opens the picture of a face. */
  'face/open': { params: z.strictObject({ faceId: id, beside: z.boolean() }), result: nothing },
  /** Finds similar pictures, by several faces of the character. */
  similar: { params: z.strictObject({ id }), result: nothing },
  /** Opens the view at full size, beside the editors. */
  'panel/open': { params: nothing, result: nothing },
  ...workbenchRequests,
} as const;

export type CharactersViewRequests = typeof charactersViewRequests;
export type CharactersViewMethod = keyof CharactersViewRequests;
export type CharactersViewParams<M extends CharactersViewMethod> = z.infer<
  CharactersViewRequests[M]['params']
>;
export type CharactersViewResult<M extends CharactersViewMethod> = z.infer<
  CharactersViewRequests[M]['result']
>;

/** Notifications of the host. */
export const charactersViewNotifications = {
  state: charactersStateSchema,
  list: characterListSchema,
} as const;

/** Both directions together. */
export const charactersViewProtocol = {
  requests: charactersViewRequests,
  notifications: charactersViewNotifications,
} as const;

export type CharactersViewNotification = keyof typeof charactersViewNotifications;
export type CharactersViewNotificationParams<N extends CharactersViewNotification> = z.infer<
  (typeof charactersViewNotifications)[N]
>;
