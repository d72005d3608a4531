import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Character, ShownFace } from '../engine/characters/characterTypes.ts';
import type { Engine } from '../engine/engine.ts';
import { wrongArgument } from './arguments.ts';
import { exitCodes, requireIndexed, withLibrary } from './commands.ts';
import type { LibraryFlags } from './openLibrary.ts';
import { print, printable, printJson, report } from './terminal.ts';

export interface CharacterFlags extends LibraryFlags {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly merge?: boolean;
}

type Action = (engine: Engine, args: readonly string[], flags: CharacterFlags) => Promise<unknown>;

/** As many as there are: the command line has no pages. */
const everything = { offset: 0, limit: Number.MAX_SAFE_INTEGER } as const;
const mostSuggestions = 50;

/** What `--help` says of the actions. */
export const characterUsage = `characters [action] [...]

  list                      Who is in the library (also without an action)
  name WHO NAME             Give a name; an empty one takes it away
  merge WHO WHO…            Make one character of several
  split WHO FACE…           Make faces a character of their own
  confirm WHO FACE…         Say that faces are the character
  reject WHO FACE…          Say that faces are somebody else
  suggest WHO               Faces that may be the character
  cover WHO FACE            Choose the face that stands for the character
  hide WHO…, show WHO…      Leave characters out of the view, or show them again
  undo                      Undo the last decision
  export FILE               Write all decisions to a file that a team can share
  import FILE               Take over the decisions of such a file
  name-from-paths           Name characters as their files are named

  WHO is an id or a name, FACE the id of a face or the path of its picture`;

/** What `characters` can be told to do; each answers with what `--json` prints. */
const actions: Readonly<Record<string, Action>> = {
  list: (engine) => listAll(engine),
  name: async (engine, [who, ...words], { merge }) => {
    const id = characterOf(engine, who);
    const named = engine.characters.name({ id, name: words.join(' ') });
    if (named.existing === null) {
      return show(engine, named.id);
    }
    if (merge !== true) {
      throw wrongArgument(
        `Expected a name that no other character has, but ${named.existing.name} is character ` +
          `${named.existing.id}: add --merge to make them one`,
      );
    }
    return show(engine, engine.characters.merge({ ids: [named.existing.id, id] }).id);
  },
  merge: async (engine, who) => {
    const ids = who.map((one) => characterOf(engine, one));
    return show(engine, engine.characters.merge({ ids }).id);
  },
  split: async (engine, [who, ...faces]) => {
    const id = characterOf(engine, who);
    return show(engine, engine.characters.split({ id, faceIds: facesOf(engine, id, faces) }).id);
  },
  confirm: (engine, [who, ...faces]) => judge(engine, who, faces, true),
  reject: (engine, [who, ...faces]) => judge(engine, who, faces, false),
  cover: async (engine, [who, face]) => {
    const id = characterOf(engine, who);
    const [faceId] = facesOf(engine, id, face === undefined ? [] : [face]);
    return show(engine, engine.characters.setCover({ id, faceId: faceId as number }).id);
  },
  hide: (engine, who) => hide(engine, who, true),
  show: (engine, who) => hide(engine, who, false),
  suggest: async (engine, [who]) => {
    const id = characterOf(engine, who);
    const faces = await engine.characters.suggestions({ id, limit: mostSuggestions });
    return faces.map(toFaceJson);
  },
  undo: async (engine) => engine.characters.undo(),
  export: async (engine, [file]) => {
    await writeWhole(expectFile(file), engine.characters.exportText());
    return null;
  },
  import: async (engine, [file]) => {
    const {
      characters: count,
      faces,
      conflicts,
    } = engine.characters.importText(await readFile(expectFile(file), 'utf8'));
    for (const { relativePath, character } of conflicts) {
      report(
        `${printable(relativePath)} is not ${printable(character)} in this library, and stays so.`,
      );
    }
    return [{ characters: count, faces, conflicts: conflicts.length }];
  },
  'name-from-paths': async (engine, _, { dryRun }) => {
    const proposals = engine.characters.proposals();
    if (dryRun !== true) {
      for (const { id, name } of proposals) {
        engine.characters.name({ id, name });
      }
    }
    return proposals.map(({ id, name, faces, matching, share }) => ({
      id,
      name,
      faces,
      matching,
      share,
    }));
  },
};

/**
 * `characters [action]`: who is in the library, and what a person decides about them. Faces that
 * are new are grouped first. A character is meant by its id or its name, a face by its id or by
 * the path of its picture.
 */
export function characters(
  action: string | undefined,
  args: readonly string[],
  flags: CharacterFlags,
): Promise<number> {
  const run = actions[action ?? 'list'];
  if (run === undefined || !Object.hasOwn(actions, action ?? 'list')) {
    throw wrongArgument(
      `Expected one of ${Object.keys(actions).join(', ')} but received ${action}.`,
    );
  }
  return withLibrary(flags, { autoStart: false, watch: false }, async (engine) => {
    requireIndexed(engine);
    await engine.characters.grouped();
    const answer = await run(engine, args, flags);
    if (flags.json === true) {
      printJson(answer);
    } else {
      printAnswer(answer);
    }
    return exitCodes.done;
  });
}

export interface CollectFlags extends LibraryFlags {
  readonly to?: string;
  readonly crops?: boolean;
  readonly captions?: boolean;
  readonly json?: boolean;
}

/** `collect WHO --to DIR`: copies a character's pictures, or its heads, into a folder. */
export function collect(who: string, flags: CollectFlags): Promise<number> {
  if (flags.to === undefined) {
    throw wrongArgument('Expected --to to name a folder but received none.');
  }
  const options = {
    folder: resolve(String(flags.to)),
    crops: flags.crops === true,
    captions: flags.captions === true,
  };
  return withLibrary(flags, { autoStart: false, watch: false }, async (engine) => {
    requireIndexed(engine);
    await engine.characters.grouped();
    const id = characterOf(engine, String(who));
    const { signal } = new AbortController();
    const collected = await engine.characters.collect(id, options, signal);
    if (flags.json === true) {
      printJson(collected);
    } else {
      const { written, kept, failed } = collected;
      print(
        `${written} pictures written to ${printable(options.folder)}, ${kept} were there already`,
      );
      for (const path of failed) {
        report(`${printable(path)} could not be read.`);
      }
    }
    return collected.failed.length > 0 ? exitCodes.someFailed : exitCodes.done;
  });
}

async function listAll(engine: Engine) {
  const { characters: service } = engine;
  const lists = [false, true].flatMap(
    (hidden) => service.list({ filter: '', hidden, ...everything }).characters,
  );
  const all = [];
  for (const character of lists) {
    const isNamed = character.name !== null;
    const params = { id: character.id, limit: mostSuggestions };
    const suggestions = isNamed ? await service.suggestions(params) : [];
    all.push({ ...describe(engine, character), suggestions: suggestions.length });
  }
  return {
    characters: all,
    singles: service.faces({ id: null, ...everything }).faces.map(toFaceJson),
  };
}

function describe(engine: Engine, { id, name, aliases, hidden }: Character) {
  const { faces } = engine.characters.faces({ id, ...everything });
  return { id, name, aliases, hidden, faces: faces.map(toFaceJson) };
}

/** The character as it is after a decision. */
async function show(engine: Engine, id: number) {
  const character = engine.characters.get({ id });
  return character === null ? null : describe(engine, character);
}

function toFaceJson({ faceId, path, relativePath, box, score, confirmed }: ShownFace) {
  const { x, y, width, height } = box;
  return { faceId, path, relativePath, box: [x, y, width, height], score, confirmed };
}

async function judge(
  engine: Engine,
  who: string | undefined,
  faces: readonly string[],
  same: boolean,
) {
  const id = characterOf(engine, who);
  const faceIds = facesOf(engine, same ? null : id, faces);
  return show(engine, engine.characters.judge({ id, faceIds, same }).id);
}

async function hide(engine: Engine, who: readonly string[], hidden: boolean) {
  const ids = who.map((one) => characterOf(engine, one));
  engine.characters.hide({ ids, hidden });
  return null;
}

/** @param who an id, or a name */
function characterOf(engine: Engine, who: string | undefined): number {
  const text = String(who ?? '');
  const id = /^\d+$/.test(text) ? Number(text) : engine.characters.withName(text);
  if (who === undefined || id === undefined) {
    throw wrongArgument(
      `Expected the id or the name of a character but received ${text === '' ? 'none' : text}.`,
    );
  }
  return id;
}

/**
 * @param id the character that the faces are to be of; null for anybody
 * @param texts ids of faces, or paths of pictures
 */
function facesOf(engine: Engine, id: number | null, texts: readonly string[]): number[] {
  const all = () =>
    id === null ? everyFace(engine) : engine.characters.faces({ id, ...everything }).faces;
  const faceIds = texts.flatMap((given) => {
    const text = String(given);
    if (/^\d+$/.test(text)) {
      return [Number(text)];
    }
    const found = all().filter(
      ({ path, relativePath }) => relativePath === text || path === resolve(text),
    );
    if (found.length === 0) {
      throw wrongArgument(`Expected a picture with a face of the character but received ${text}.`);
    }
    return found.map(({ faceId }) => faceId);
  });
  if (faceIds.length === 0) {
    throw wrongArgument(
      'Expected faces, by id or by the path of their picture, but received none.',
    );
  }
  return faceIds;
}

function everyFace(engine: Engine): ShownFace[] {
  const { characters: service } = engine;
  const ids = [false, true].flatMap((hidden) =>
    service.list({ filter: '', hidden, ...everything }).characters.map(({ id }) => id),
  );
  return [null, ...ids].flatMap((id) => service.faces({ id, ...everything }).faces);
}

function expectFile(file: string | undefined): string {
  if (file === undefined) {
    throw wrongArgument('Expected a file but received none.');
  }
  return resolve(file);
}

/** The file appears whole or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

type Shown = ReturnType<typeof describe>;

function printAnswer(answer: unknown): void {
  if (answer === null) {
    print('done');
  } else if (Array.isArray(answer)) {
    for (const item of answer) {
      print(printable(Object.values(item as object).join('  ')));
    }
  } else if ('characters' in (answer as object)) {
    const { characters: all, singles } = answer as Awaited<ReturnType<typeof listAll>>;
    all.forEach(printCharacter);
    print(`${singles.length} faces look like no other`);
  } else if ('kind' in (answer as object)) {
    const { kind, subject } = answer as { kind: string; subject: string };
    print(printable(`undone: ${kind} ${subject}`.trim()));
  } else {
    printCharacter(answer as Shown);
  }
}

function printCharacter({ id, name, aliases, hidden, faces }: Shown): void {
  const also = aliases.length === 0 ? '' : ` (${aliases.join(', ')})`;
  const title = name === null ? '' : `  ${name}${also}`;
  print(printable(`#${id}${title}  ${faces.length} faces${hidden ? ', hidden' : ''}`));
  for (const { relativePath, confirmed } of faces) {
    print(`  ${printable(relativePath)}${confirmed ? '  confirmed' : ''}`);
  }
}
