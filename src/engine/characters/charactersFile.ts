import { z } from 'zod';
import { FamiliarError } from '../../common/failure.ts';
import type { Verdict } from '../library/characterTable.ts';
import type { FaceAnchor } from '../library/faceAnchors.ts';

/** What people decided about characters, as it is written to a file that a team shares. */
export interface CharactersFile {
  readonly characters: readonly FiledCharacter[];
  readonly faces: readonly FiledFace[];
}

export interface FiledCharacter {
  /** Its name, or `#` and a word for one without. */
  readonly key: string;
  readonly name: string | null;
  readonly aliases: readonly string[];
  readonly hidden: boolean;
}

export interface FiledFace extends FaceAnchor {
  /** Key of the character. */
  readonly character: string;
  readonly verdict: Verdict;
}

const share = z.number().min(-2).max(3);
const fileSchema = z.object({
  version: z.literal(1),
  characters: z.array(
    z
      .object({
        key: z.string().min(1).max(1_000),
        name: z.string().max(1_000).nullable(),
        aliases: z.array(z.string().max(1_000)).max(1_000).default([]),
        hidden: z.boolean().default(false),
      })
      .nullable(),
  ),
  faces: z.array(
    z
      .object({
        /** Empty where no file shows the picture any more. */
        path: z.string().max(4_096),
        content: z.string().regex(/^[0-9a-f]{8,128}$/),
        box: z.tuple([share, share, share.positive(), share.positive()]),
        drawn: z.boolean().default(false),
        character: z.string().min(1).max(1_000),
        verdict: z.enum(['confirmed', 'assigned', 'rejected']),
      })
      .nullable(),
  ),
});

/** Decimals of a box: a ten-thousandth of a picture is less than a pixel of most. */
const decimals = 4;

/**
 * The file's text: one character and one face a line, in an order that depends on nothing else, so
 * that git merges what two people decided. The `null` at the end of each list gives every line
 * before it the same ending.
 */
export function formatCharacters({ characters, faces }: CharactersFile): string {
  const characterLines = characters
    .toSorted((a, b) => compare(a.key, b.key))
    .map(({ key, name, aliases, hidden }) => JSON.stringify({ key, name, aliases, hidden }));
  const faceLines = faces
    .map(({ relativePath, contentHash, box, source, character, verdict }) =>
      JSON.stringify({
        path: relativePath,
        content: contentHash,
        box: [box.x, box.y, box.width, box.height].map((value) => Number(value.toFixed(decimals))),
        ...(source === 'manual' ? { drawn: true } : {}),
        character,
        verdict,
      }),
    )
    .toSorted(compare);
  const list = (lines: readonly string[]) =>
    [...lines, 'null'].map((line) => `    ${line}`).join(',\n');
  return `{
  "version": 1,
  "characters": [
${list(characterLines)}
  ],
  "faces": [
${list(faceLines)}
  ]
}
`;
}

/**
 * Reads such a file. The markers of a merge that git left to people are passed over: what either
 * side says is one line, and both are taken.
 *
 * @throws FamiliarError `argument` for a file of another kind, or a version that is not known.
 */
export function parseCharacters(text: string): CharactersFile {
  const withoutMarkers = text.replace(/^(<{7}|={7}|>{7}|\|{7}).*\r?\n?/gm, '');
  let data: unknown;
  try {
    data = JSON.parse(withoutMarkers);
  } catch (cause) {
    throw notOurs(String(cause), cause);
  }
  const parsed = fileSchema.safeParse(data);
  if (!parsed.success) {
    throw notOurs(z.prettifyError(parsed.error), parsed.error);
  }
  const { characters, faces } = parsed.data;
  return {
    characters: characters.filter((character) => character !== null),
    faces: faces.flatMap((face) => {
      if (face === null) {
        return [];
      }
      const { path, content, drawn, character, verdict } = face;
      const [x, y, width, height] = face.box;
      const box = { x, y, width, height };
      const source = drawn ? 'manual' : 'detected';
      return [
        { relativePath: path, contentHash: content, box, source, character, verdict } as const,
      ];
    }),
  };
}

function notOurs(why: string, cause: unknown): FamiliarError {
  return new FamiliarError('argument', `Expected a characters file but received: ${why}`, {
    remedy: 'Choose a file that "characters export" wrote.',
    cause,
  });
}

/** By code units, which no language setting changes. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
