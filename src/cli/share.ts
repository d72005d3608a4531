import { basename, resolve } from 'node:path';
import { FamiliarError } from '../common/failure.ts';
import type { Engine } from '../engine/engine.ts';
import { sameCharacterProbability } from '../engine/search/sameCharacter.ts';
import { SimilarSearch } from '../engine/search/similarSearch.ts';
import { SharedLibrary, type SharedPlace } from '../engine/shared/sharedLibrary.ts';
import {
  exitCodes,
  type Likeness,
  openChosenQuery,
  printHeading,
  printResult,
  type SimilarFlags,
  withLibrary,
} from './commands.ts';
import type { LibraryFlags } from './openLibrary.ts';
import { print, printable, printJson } from './terminal.ts';

const variable = 'FAMILIAR_FACES_SHARED';

/** The address holds a password: it comes from the environment, not from a command line. */
export function sharedAddress(): string {
  const url = process.env[variable];
  if (url === undefined || url === '') {
    throw new FamiliarError(
      'argument',
      `Expected ${variable} to name a PostgreSQL database but it is not set.`,
      {
        remedy: `Set it, for instance to postgres://user:password@host/faces (docs/shared-library.md).`,
      },
    );
  }
  return url;
}

async function withShared<T>(
  engine: Engine,
  access: 'read' | 'write',
  work: (shared: SharedLibrary, records: ReturnType<Engine['library']['records']>) => Promise<T>,
): Promise<T> {
  const records = engine.library.records();
  const { modelRevision, dimensions } = records;
  const url = sharedAddress();
  const shared = await SharedLibrary.open({ url, modelRevision, dimensions, access });
  try {
    return await work(shared, records);
  } finally {
    await shared.close();
  }
}

export interface ShareFlags extends LibraryFlags {
  readonly name?: string;
  readonly remove?: boolean;
}

/** `share [folder]`: copies what the library of a folder knows into the shared one. */
export function share(folder: string | undefined, flags: ShareFlags): Promise<number> {
  sharedAddress();
  const library = { ...flags, ...(folder === undefined ? {} : { folder }) };
  const name = String(flags.name ?? basename(resolve(library.folder ?? '.')));
  return withLibrary(library, { autoStart: false, watch: false }, (engine) =>
    withShared(engine, 'write', async (shared, { pages }) => {
      const { images, saved } = await shared.copy(name, flags.remove === true ? [] : pages);
      print(
        flags.remove === true
          ? `${printable(name)} is no longer shared`
          : `${images} images are shared as ${printable(name)}, ${saved} of them new or changed`,
      );
      return exitCodes.done;
    }),
  );
}

interface SharedResult extends Likeness {
  readonly places: readonly SharedPlace[];
  readonly score: number;
}

/** `similar IMAGE --shared`: the pictures of all shared libraries that show the same character. */
export function similarShared(image: string, flags: SimilarFlags): Promise<number> {
  sharedAddress();
  return withLibrary(flags, { autoStart: false, watch: false }, async (engine) => {
    const { query, faceIds, weight, limit, signal } = await openChosenQuery(engine, image, flags);
    const results = await withShared(engine, 'read', async (shared): Promise<SharedResult[]> => {
      const { vectors, contentHash } = engine.search.describe({ queryId: query.queryId, faceIds });
      const search = new SimilarSearch(shared, vectors);
      const exclude = new Set([contentHash]);
      const matches = (await search.find({ weight, wanted: limit, exclude, signal })).slice(
        0,
        limit,
      );
      const places = await shared.places(matches.map((match) => match.contentHash));
      return matches.map(({ contentHash: hash, score, identityCosine, lookCosine, nearness }) => ({
        places: places.get(hash) ?? [],
        score,
        identityCosine,
        lookCosine,
        probability:
          identityCosine === null || nearness === null
            ? null
            : sameCharacterProbability(identityCosine, nearness, null),
      }));
    });
    if (flags.json === true) {
      printJson({ query, results });
    } else {
      printShared(results);
    }
    return exitCodes.done;
  });
}

function printShared(results: readonly SharedResult[]): void {
  printHeading('library: image');
  for (const [n, result] of results.entries()) {
    const { places } = result;
    const [place] = places;
    const name = place === undefined ? '–' : `${place.library}: ${place.relativePath}`;
    printResult(n, result, name, places.length - 1);
  }
}
