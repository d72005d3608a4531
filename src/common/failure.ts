/**
 * Why an operation failed, as a word that programs can test.
 *
 * - `file-*`: the file could not be read, or is no longer what it was.
 * - `image-*`: the bytes are not an image that can be used.
 * - `model-*`, `provider-*`: the models or the machine's accelerators.
 * - `store-*`, `index-*`: what is kept on disk.
 * - `query-*`, `argument`: what was asked.
 * - `engine-*`: the engine process itself.
 * - `shared-library`: the database server of a shared library.
 */
export const failureCodes = [
  'file-missing',
  'file-unreadable',
  'file-empty',
  'file-changed',
  'file-name',
  'folder-away',
  'image-format',
  'image-damaged',
  'image-too-large',
  'image-crashed',
  'model-manifest',
  'model-file',
  'model-output',
  'provider-failed',
  'store-damaged',
  'store-locked',
  'store-full',
  'store-readonly',
  'store-version',
  'index-damaged',
  'index-build',
  'query-empty',
  'query-unknown',
  'argument',
  'engine-lost',
  'engine-runtime',
  'shared-library',
  'internal',
] as const;

export type FailureCode = (typeof failureCodes)[number];

export interface FailureDetails {
  /** What the person can do about it, as one sentence. */
  readonly remedy: string;
  readonly cause?: unknown;
}

/** Why something failed, as data: in the form that is stored, sent and shown. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly remedy: string;
}

/**
 * The one error type of the project. `message` says what was expected and what came;
 * `remedy` what to do about it. A cancelled operation is no failure: it rejects with an
 * `AbortError` instead (see `isAbort`).
 */
export class FamiliarError extends Error {
  override readonly name = 'FamiliarError';
  readonly code: FailureCode;
  readonly remedy: string;

  constructor(code: FailureCode, message: string, details: FailureDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remedy = details.remedy;
  }
}

/** Whether there is no engine to ask: its state says so already, in every view. */
export function isEngineGone({ code }: { readonly code: FailureCode }): boolean {
  return code === 'engine-lost' || code === 'engine-runtime';
}

/** Whether the error says that the operation was cancelled, by `AbortSignal` or by us. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Wraps whatever was thrown so that code, message and remedy can always be shown. */
export function toFamiliarError(error: unknown): FamiliarError {
  if (error instanceof FamiliarError) {
    return error;
  }
  return new FamiliarError('internal', messageOf(error), {
    remedy: 'This is a defect of Familiar Faces: please report it with the log.',
    cause: error,
  });
}

/** Whatever was thrown, as data. */
export function toFailure(error: unknown): Failure {
  const { code, message, remedy } = toFamiliarError(error);
  return { code, message, remedy };
}

/** Whatever was thrown as text; an object that cannot be turned into text is named by its kind. */
export function describeThrown(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}

/** The message of an error, or whatever else was thrown as text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : describeThrown(thrown);
}

/** The error and its causes as one line each, outermost first. */
export function describeCauses(error: unknown): string {
  const lines: string[] = [];
  for (let current = error; current !== undefined && lines.length < 8; ) {
    lines.push(
      current instanceof Error ? `${current.name}: ${current.message}` : describeThrown(current),
    );
    current = current instanceof Error ? current.cause : undefined;
  }
  return lines.join('\n  caused by ');
}
