import * as z from 'zod';
import { boxSchema } from './boxSchema.ts';

/** What the engine is asked about characters. Ids of faces are those of the answering revision. */

const id = z.number().int();
const count = z.number().int().nonnegative();
const faceIds = z.array(id).min(1).max(10_000);
const nothing = z.null();

/** A name typed by a person; the engine brings it into its final form. */
const typedName = z.string().max(2_000);

export const characterFaceSchema = z.strictObject({
  faceId: id,
  imageId: id,
  path: z.string(),
  relativePath: z.string(),
  /** Pixels of the upright image, like `box`. */
  width: z.number().int(),
  height: z.number().int(),
  box: boxSchema,
  /** How sure its place is, 0…1. */
  score: z.number(),
  /** Whether a person said of this very face that it is the character. */
  confirmed: z.boolean(),
  /** Absolute path of a thumbnail of the whole image below the storage folder, or null. */
  thumbnail: z.string().nullable(),
});
export type CharacterFace = z.infer<typeof characterFaceSchema>;

export const characterSchema = z.strictObject({
  /** Of a character, or of faces that look like one; kept while the library changes. */
  id,
  /** Null until a person gives it. */
  name: z.string().nullable(),
  aliases: z.array(z.string()),
  hidden: z.boolean(),
  faces: count,
  confirmed: count,
  /** The face that stands for it; null where none of its faces is in the library. */
  cover: characterFaceSchema.nullable(),
});
export type Character = z.infer<typeof characterSchema>;

export const decisionKinds = [
  'name',
  'alias',
  'merge',
  'split',
  'confirm',
  'reject',
  'hide',
  'show',
  'cover',
  'import',
] as const;
/** A decision as it can be undone: what was done, and to whom where that has a name. */
export const characterDecisionSchema = z.strictObject({
  kind: z.enum(decisionKinds),
  subject: z.string(),
});
export type CharacterDecision = z.infer<typeof characterDecisionSchema>;

export const characterListSchema = z.strictObject({
  characters: z.array(characterSchema),
  /** How many there are in all; `characters` is the asked page of them. */
  total: count,
  /** Faces that look like no other. */
  singles: count,
  hidden: count,
  /** Characters of the whole library that have a name. */
  named: count,
  /** Unnamed characters for which `characters/proposals` has a name. */
  proposals: count,
  /** Faces are being grouped: more may come. */
  grouping: z.boolean(),
  undo: characterDecisionSchema.nullable(),
  /** Equal epochs mean equal answers. */
  epoch: id,
});
export type CharacterList = z.infer<typeof characterListSchema>;

export const nameProposalSchema = z.strictObject({
  id,
  /** What its files and folders call it. */
  name: z.string(),
  faces: count,
  /** How many of its faces lie in files of that name. */
  matching: count,
  /** Part of all faces in files of that name that are of this character, 0…1. */
  share: z.number(),
  cover: characterFaceSchema.nullable(),
});
export type NameProposal = z.infer<typeof nameProposalSchema>;

const page = { offset: count, limit: z.number().int().positive().max(5_000) };
const changed = z.strictObject({ id });

/** Requests about characters: method → parameters and result, as part of `engineRequests`. */
export const characterRequests = {
  /** Named ones first, then by the number of faces. */
  'characters/list': {
    params: z.strictObject({
      /** Part of a name, an alias or a path; all where it is empty. */
      filter: z.string().max(1_000),
      /** The hidden ones instead of the others. */
      hidden: z.boolean(),
      ...page,
    }),
    result: characterListSchema,
  },
  /** All names that can be given, for completion. */
  'characters/names': {
    params: nothing,
    result: z.array(z.strictObject({ id, name: z.string() })),
  },
  /** One character; null where it is gone. */
  'characters/get': { params: z.strictObject({ id }), result: characterSchema.nullable() },
  /** Faces of a character, confirmed ones first; of nobody where `id` is null. */
  'characters/faces': {
    params: z.strictObject({ id: id.nullable(), ...page }),
    result: z.strictObject({ faces: z.array(characterFaceSchema), total: count }),
  },
  /** Faces that may be the character, the most telling first. */
  'characters/suggestions': {
    params: z.strictObject({ id, limit: page.limit }),
    result: z.array(characterFaceSchema),
  },
  /** Names a character; where another has the name already, that one comes back instead. */
  'characters/name': {
    params: z.strictObject({ id, name: typedName }),
    result: z.strictObject({
      id,
      existing: z.strictObject({ id, name: z.string() }).nullable(),
    }),
  },
  /** Says of faces, of whomever, that they are the character of that name, new or known. */
  'characters/nameFaces': {
    params: z.strictObject({ faceIds, name: typedName }),
    result: changed,
  },
  'characters/merge': {
    params: z.strictObject({ ids: z.array(id).min(2).max(1_000) }),
    result: changed,
  },
  /** Makes faces of a character a character of their own. */
  'characters/split': { params: z.strictObject({ id, faceIds }), result: changed },
  /** Says of faces that they are the character, or that they are not. */
  'characters/judge': {
    params: z.strictObject({ id, faceIds, same: z.boolean() }),
    result: changed,
  },
  'characters/hide': {
    params: z.strictObject({ ids: z.array(id).min(1).max(5_000), hidden: z.boolean() }),
    result: nothing,
  },
  'characters/cover': { params: z.strictObject({ id, faceId: id }), result: changed },
  /** Undoes the newest decision; null where there is none. */
  'characters/undo': { params: nothing, result: characterDecisionSchema.nullable() },
  /** Names for unnamed characters, from the names of files and folders. */
  'characters/proposals': { params: nothing, result: z.array(nameProposalSchema) },
} as const;
