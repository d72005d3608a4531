import { z } from 'zod';
import { FamiliarError } from '../../common/failure.ts';
import { decisionKinds } from './decisionTable.ts';

/** The first line of a file of decisions; a later form has another version. */
const header = { familiarFaces: 'decisions', version: 1 } as const;

/** Bytes of a file that is read at all: a million decisions have about 300 MB. */
export const maxDecisionFileBytes = 512 * 1024 * 1024;

/** A part of the picture's size; a little beyond 1 for what rounding does. */
const share = z.number().min(0).max(1);
const boxSchema = z
  .tuple([share, share, share.positive(), share.positive()])
  .refine(([x, y, width, height]) => x + width <= 1.001 && y + height <= 1.001, {
    message: 'Expected a box within the picture',
  });

/** A path below a workspace folder, with `/`; it is compared with those of the library, never opened. */
const relativePath = z
  .string()
  .max(4_096)
  .refine((path) => !/^[/\\]|^[a-z]:|(^|[/\\])\.\.([/\\]|$)|\p{Cc}/iu.test(path), {
    message: 'Expected a path below the folder',
  });

/** Whether another machine may be told this path; the content says enough where not. */
export function isPortablePath(path: string): boolean {
  return relativePath.safeParse(path).success;
}

const pictureSchema = z.strictObject({
  /** Hash of the file's content. */
  content: z.string().regex(/^[0-9a-f]{32}$/),
  /** Name of the workspace folder, and the path below it; left out where no file shows the content. */
  folder: z.string().max(1_024).optional(),
  path: relativePath.optional(),
  /** x, y, width and height of the face, relative to the size of the picture. */
  box: boxSchema,
});

const faceSchema = z.strictObject({
  source: z.enum(['detected', 'manual']),
  /** Where the face is: several for copies, and for a file that was saved again. */
  pictures: z.array(pictureSchema).min(1).max(10_000),
});

const decisionSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  decision: z.enum(decisionKinds),
  made: z.iso.datetime(),
  value: z.string().max(10_000).optional(),
  faces: z.array(faceSchema).min(1).max(16),
});

export type WrittenDecision = z.infer<typeof decisionSchema>;
export type WrittenFace = z.infer<typeof faceSchema>;

/** How many faces a decision of each kind is about. */
const faceCounts: Readonly<Record<WrittenDecision['decision'], number>> = {
  'draw-face': 1,
  'remove-face': 1,
  'not-same': 2,
};

/**
 * The lines of a file of decisions: a header, then one decision a line, oldest first. The same decisions
 * are the same bytes, so that a file in a repository changes by the lines that were decided.
 */
export function* writeDecisions(decisions: readonly WrittenDecision[]): Generator<string> {
  yield `${JSON.stringify(header)}\n`;
  const sorted = decisions.toSorted(
    (a, b) => a.made.localeCompare(b.made) || a.id.localeCompare(b.id),
  );
  for (const decision of sorted) {
    yield `${JSON.stringify(decisionSchema.parse(decision))}\n`;
  }
}

/**
 * Reads what `writeDecisions` wrote, or somebody else. A file with one bad line is refused whole.
 *
 * @throws FamiliarError `argument` with the number of the line.
 */
export function readDecisions(text: string): WrittenDecision[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const [first = '', ...rest] = lines;
  readLine(
    z.strictObject({ familiarFaces: z.literal('decisions'), version: z.literal(1) }),
    first,
    1,
  );
  return rest.flatMap((line, n) => {
    if (line.trim() === '') {
      return [];
    }
    const decision = readLine(decisionSchema, line, n + 2);
    const count = faceCounts[decision.decision];
    if (decision.faces.length !== count) {
      throw badLine(n + 2, `Expected ${count} faces but received ${decision.faces.length}.`);
    }
    return [decision];
  });
}

function readLine<T>(schema: z.ZodType<T>, line: string, number: number): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw badLine(number, 'Expected JSON.', error);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw badLine(number, z.prettifyError(parsed.error), parsed.error);
  }
  return parsed.data;
}

function badLine(number: number, what: string, cause?: unknown): FamiliarError {
  return new FamiliarError('argument', `Line ${number} of the decisions: ${what}`, {
    remedy: 'Choose a file that Export Decisions wrote. Nothing was imported.',
    cause,
  });
}
