import type { Engine } from '../engine/engine.ts';
import { exitCodes, requireIndexed, withLibrary } from './commands.ts';
import type { LibraryFlags } from './openLibrary.ts';
import { print, printable, printJson } from './terminal.ts';

type Lists = ReturnType<ReturnType<Engine['clusters']>['list']>;
type Face = Lists['singles'][number];

/** `characters`: who is in the library. Faces that are new are grouped first. */
export function characters(flags: LibraryFlags & { json?: boolean }): Promise<number> {
  return withLibrary(flags, { autoStart: false, watch: false }, async (engine) => {
    requireIndexed(engine);
    const clusters = engine.clusters();
    if (clusters.isStale) {
      await clusters.cluster(new AbortController().signal);
    }
    const lists = clusters.list();
    if (flags.json === true) {
      printJson(toJson(lists));
    } else {
      printLists(lists);
    }
    return exitCodes.done;
  });
}

function toJson({ clusters, singles }: Lists) {
  return {
    characters: clusters.map(({ id, faces }) => ({
      id,
      name: null,
      faces: faces.map(toFaceJson),
      suggestions: 0,
    })),
    singles: singles.map(toFaceJson),
  };
}

function toFaceJson({ path, relativePath, box, score }: Face) {
  const { x, y, width, height } = box;
  return { path, relativePath, box: [x, y, width, height], score, confirmed: false };
}

function printLists({ clusters, singles }: Lists): void {
  for (const { id, faces } of clusters) {
    print(`#${id}  ${faces.length} faces`);
    for (const { relativePath } of faces) {
      print(`  ${printable(relativePath)}`);
    }
  }
  print(`${singles.length} faces look like no other`);
}
