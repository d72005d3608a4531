import { type BestReason, type CopyFile, compareCopies, reasonFor } from './bestCopy.ts';
import type { Pair } from './candidatePairs.ts';
import type { Comparison, Edit } from './comparePictures.ts';

/**
 * `identical`: the same bytes. `same`: the same picture in another size, format or compression.
 * `edited`: cropped, mirrored or in other colours.
 */
export type DuplicateKind = 'identical' | 'same' | 'edited';

export interface DuplicateFile extends CopyFile {
  readonly best: boolean;
  /** What was done to the picture; empty for the best file, and where nothing was. */
  readonly edits: readonly Edit[];
}

export interface DuplicateGroup {
  readonly kind: DuplicateKind;
  /** The best one first. */
  readonly files: readonly DuplicateFile[];
  /** Why the first file is the best, against the second. */
  readonly reason: BestReason;
  /** How alike the least alike file is to the best, 0…1. */
  readonly score: number;
}

/** Two contents that were compared and found to be copies. */
export interface Link {
  readonly pair: Pair;
  readonly comparison: Comparison;
}

/**
 * Groups of copies. A file is spare in at most one group: of identical files the best one stands for
 * all in the groups of other kinds, and of files that show the same picture the best one among the
 * edited. Every file was compared with the best one of its group, so that small differences never
 * add up over a chain.
 *
 * @param contents the files of each content
 * @param links between contents, by their places in the list
 */
export function groupDuplicates(
  contents: readonly (readonly CopyFile[])[],
  links: readonly Link[],
): DuplicateGroup[] {
  const sorted = contents.map((files) => files.toSorted(compareCopies));
  const identical = sorted.flatMap((files) =>
    files.length < 2
      ? []
      : [
          toGroup(
            'identical',
            files.map((file) => unchanged(file)),
          ),
        ],
  );
  const nodes = new Map(sorted.flatMap((files, i) => (files[0] ? [[i, files[0]] as const] : [])));
  const isSame = ({ comparison }: Link) => comparison.edits.length === 0;
  const same = gather('same', nodes, links.filter(isSame));
  for (const spare of same.spare) {
    nodes.delete(spare);
  }
  const edited = gather(
    'edited',
    nodes,
    links.filter((link) => !isSame(link)),
  );
  return [...identical, ...same.groups, ...edited.groups];
}

interface Member {
  readonly file: CopyFile;
  readonly edits: readonly Edit[];
  readonly score: number;
}

/** Best files first, each takes what is linked to it and not yet taken. */
function gather(
  kind: DuplicateKind,
  nodes: ReadonlyMap<number, CopyFile>,
  links: readonly Link[],
): { groups: DuplicateGroup[]; spare: Set<number> } {
  const linked = new Map<number, { other: number; comparison: Comparison }[]>();
  for (const { pair, comparison } of links) {
    const [a, b] = pair;
    linked.set(a, [...(linked.get(a) ?? []), { other: b, comparison }]);
    linked.set(b, [...(linked.get(b) ?? []), { other: a, comparison }]);
  }
  const order = [...nodes].sort(([, a], [, b]) => compareCopies(a, b));
  const spare = new Set<number>();
  const leading = new Set<number>();
  const groups: DuplicateGroup[] = [];
  for (const [node, best] of order) {
    if (spare.has(node)) {
      continue;
    }
    leading.add(node);
    const members: Member[] = [{ file: best, edits: [], score: 1 }];
    for (const { other, comparison } of linked.get(node) ?? []) {
      const file = nodes.get(other);
      if (file !== undefined && !spare.has(other) && !leading.has(other)) {
        spare.add(other);
        members.push({ file, ...comparison });
      }
    }
    if (members.length > 1) {
      groups.push(toGroup(kind, members));
    }
  }
  return { groups, spare };
}

function unchanged(file: CopyFile): Member {
  return { file, edits: [], score: 1 };
}

function toGroup(kind: DuplicateKind, members: readonly Member[]): DuplicateGroup {
  const [best, ...others] = members as readonly [Member, ...Member[]];
  others.sort((a, b) => compareCopies(a.file, b.file));
  return {
    kind,
    files: [best, ...others].map(({ file, edits }, i) => ({ ...file, best: i === 0, edits })),
    reason: reasonFor(best.file, others[0]?.file ?? best.file),
    score: Math.min(...members.map(({ score }) => score)),
  };
}
