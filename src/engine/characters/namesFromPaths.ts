import { nameKey } from './characterNames.ts';

/** Faces that belong together, by the places of their pictures. */
export interface NameableCharacter {
  readonly id: number;
  /** Null for one that may be named. */
  readonly name: string | null;
  /** Path of each of its faces, relative to the workspace folder, with `/`. */
  readonly paths: readonly string[];
}

export interface ProposedName {
  readonly id: number;
  readonly name: string;
  /** How many of its faces lie in files of that name. */
  readonly matching: number;
  /** Part of the faces in files of that name that are this character's, 0…1. */
  readonly share: number;
}

/** Least part of a character's faces that must lie in files of the name. */
const leastCoverage = 0.5;
/** Least part of the faces in files of the name that must be the character's. */
const leastShare = 0.6;
/** A name of one letter, or of digits alone, names a frame rather than somebody. */
const isWord = (token: string) => /\p{L}{2}/u.test(token);

/** Words of the trade, which say what a picture is and not whom it shows. */
const commonWords: ReadonlySet<string> = new Set(
  `image images img picture pictures pic photo sprite sprites character characters chara char cast
  portrait portraits face faces head heads avatar icon icons asset assets art arts artwork game res
  resource resources texture textures scene scenes bg background cg event ui side layer layers base
  body pose poses expression expressions emotion emotions outfit outfits costume default normal
  happy sad angry smile neutral surprised blush cry idle walk run attack left right front back small
  large big full half close final draft sketch lineart color colour copy new old test tmp temp
  export output render png jpg jpeg webp gif ref reference references sheet the and of with
  frame frames chapter ep episode page panel volume vol untitled unknown misc other others`
    .split(/\s+/)
    .filter(Boolean),
);

/**
 * Proposes a name for each unnamed character: the word in the names of its files and folders that
 * tells it best from the others. A word counts where most of the character's faces lie in files of
 * it and most faces in files of it are the character's; no word is proposed twice.
 *
 * @returns the surest first
 */
export function namesFromPaths(characters: readonly NameableCharacter[]): ProposedName[] {
  const totals = new Map<string, number>();
  const words = characters.map(({ paths }) => countWords(paths));
  for (const counts of words) {
    for (const [key, { count }] of counts) {
      totals.set(key, (totals.get(key) ?? 0) + count);
    }
  }
  const taken = new Set(characters.flatMap(({ name }) => (name === null ? [] : [nameKey(name)])));
  const candidates = characters.flatMap(({ id, name, paths }, index) =>
    name !== null
      ? []
      : [...(words[index] as Words)].map(([key, word]) => {
          const coverage = word.count / paths.length;
          const share = word.count / (totals.get(key) as number);
          return { id, key, ...word, coverage, share, quality: fMeasure(coverage, share) };
        }),
  );
  const good = candidates
    .filter(({ coverage, share }) => coverage >= leastCoverage && share >= leastShare)
    .sort(
      (a, b) =>
        b.quality - a.quality ||
        b.count - a.count ||
        b.depth - a.depth ||
        // Of a folder's name and a word of it the whole says more.
        b.text.length - a.text.length ||
        (a.key < b.key ? -1 : 1),
    );
  const named = new Set<number>();
  const proposals: ProposedName[] = [];
  for (const { id, key, text, count, share } of good) {
    if (!named.has(id) && !taken.has(key)) {
      named.add(id);
      taken.add(key);
      proposals.push({ id, name: toName(text), matching: count, share });
    }
  }
  return proposals;
}

interface Word {
  /** As it is written in a path. */
  readonly text: string;
  count: number;
  /** How deep in the path it is: a file's own name tells more than its folder's. */
  readonly depth: number;
}
type Words = ReadonlyMap<string, Word>;

function countWords(paths: readonly string[]): Words {
  const words = new Map<string, Word>();
  for (const path of paths) {
    for (const [key, { text, depth }] of wordsOf(path)) {
      const known = words.get(key);
      if (known === undefined) {
        words.set(key, { text, depth, count: 1 });
      } else {
        known.count++;
      }
    }
  }
  return words;
}

/** The words of a path that may name somebody, each once. */
export function wordsOf(path: string): Map<string, { text: string; depth: number }> {
  const words = new Map<string, { text: string; depth: number }>();
  const parts = path.replace(/\.[^./]*$/, '').split('/');
  for (const [depth, part] of parts.entries()) {
    // A folder of two words may be a full name; a file's further words are poses and moods.
    const isFolder = depth < parts.length - 1;
    for (const text of [...splitWords(part), ...(isFolder ? [part] : [])]) {
      const key = nameKey(text);
      if (isWord(text) && !commonWords.has(key)) {
        words.set(key, { text, depth });
      }
    }
  }
  return words;
}

/** `aliceHappy_02 (copy)` → `alice`, `Happy`, `copy`. */
function splitWords(part: string): string[] {
  return part
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .split(/[^\p{L}\p{M}]+/u)
    .filter(Boolean);
}

function fMeasure(a: number, b: number): number {
  return (2 * a * b) / (a + b);
}

/** `alice` → `Alice`; a word with capitals of its own stays as it is written. */
function toName(text: string): string {
  const spaced = text.replace(/[_\s]+/g, ' ').trim();
  return spaced === spaced.toLowerCase()
    ? spaced.replace(/(^|\s)\p{L}/gu, (letter) => letter.toUpperCase())
    : spaced;
}
