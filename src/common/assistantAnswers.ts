/**
 * Answers for language models: short text with paths below the workspace's folders, the same from the
 * MCP server and from the tools inside VS Code. File names are anybody's: they are quoted as JSON, so
 * that none can pass for a line of the answer.
 */

export interface SimilarAnswer {
  readonly query: { readonly name: string; readonly faces: readonly unknown[] };
  readonly results: readonly {
    readonly relativePath: string;
    readonly probability: number | null;
    readonly identityCosine: number | null;
    readonly lookCosine: number;
    readonly copies: readonly unknown[];
  }[];
  readonly total: number;
  readonly partial: boolean;
}

export function describeSimilar({ query, results, total, partial }: SimilarAnswer): string {
  const faces = query.faces.length;
  const lines = results.map(({ relativePath, probability, lookCosine, copies }, n) => {
    const same =
      probability === null ? 'no face' : `${Math.round(100 * probability)} % same character`;
    const identical = copies.length === 0 ? '' : `, ${copies.length} identical copies`;
    return `${n + 1}. ${quote(relativePath)} (${same}, style ${lookCosine.toFixed(2)}${identical})`;
  });
  return [
    `${quote(query.name)} has ${faces} ${faces === 1 ? 'face' : 'faces'}. ` +
      `${results.length} of ${total} similar images, most alike first:`,
    ...lines,
    ...(partial ? ['Indexing is still running: more images may follow.'] : []),
  ].join('\n');
}

export interface DuplicateAnswer {
  readonly kind: 'identical' | 'same' | 'edited';
  readonly files: readonly {
    readonly relativePath: string;
    readonly width: number;
    readonly height: number;
    readonly bytes: number;
    readonly best: boolean;
    readonly edits: readonly string[];
  }[];
}

const kinds = {
  identical: 'identical files',
  same: 'the same picture in another size, format or compression',
  edited: 'edited copies',
} as const;

/** @param limit groups that are listed at most */
export function describeDuplicates(groups: readonly DuplicateAnswer[], limit: number): string {
  if (groups.length === 0) {
    return 'No duplicate images were found.';
  }
  const lines = groups.slice(0, limit).flatMap(({ kind, files }, n) => [
    `${n + 1}. ${kinds[kind]}:`,
    ...files.map(({ relativePath, width, height, bytes, best, edits }) => {
      const notes = [`${width}×${height}`, `${bytes} bytes`, ...(best ? ['best copy'] : edits)];
      return `   ${quote(relativePath)} (${notes.join(', ')})`;
    }),
  ]);
  const shown = Math.min(limit, groups.length);
  return [`${shown} of ${groups.length} groups of duplicate images:`, ...lines].join('\n');
}

export interface CharactersAnswer {
  readonly characters: readonly {
    readonly id: number;
    readonly name: string | null;
    readonly faces: number;
    readonly cover: { readonly relativePath: string } | null;
  }[];
  readonly total: number;
  readonly grouping: boolean;
}

export function describeCharacters({ characters, total, grouping }: CharactersAnswer): string {
  const lines = characters.map(({ id, name, faces, cover }) => {
    const who = name === null ? 'not named' : quote(name);
    const example = cover === null ? '' : `, for example in ${quote(cover.relativePath)}`;
    return `- character ${id} (${who}): ${faces} faces${example}`;
  });
  return [
    `${characters.length} of ${total} characters:`,
    ...lines,
    ...(grouping ? ['Faces are still being grouped: ask again in a moment.'] : []),
  ].join('\n');
}

/** @param total faces of the character, of which some are listed */
export function describeCharacterImages(
  id: number,
  { faces, total }: { readonly faces: readonly { readonly relativePath: string }[]; total: number },
): string {
  const paths = [...new Set(faces.map(({ relativePath }) => relativePath))];
  return [
    `Images with ${faces.length} of the ${total} faces of character ${id}:`,
    ...paths.map((path) => `- ${quote(path)}`),
  ].join('\n');
}

function quote(name: string): string {
  return JSON.stringify(name);
}
