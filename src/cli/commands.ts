import { resolve } from 'node:path';
import { inReadingOrder, mainFace } from '../common/faceOrder.ts';
import { FamiliarError } from '../common/failure.ts';
import { type Likelihood, likelihoodOf } from '../common/likelihood.ts';
import type { Engine } from '../engine/engine.ts';
import type { EngineOptions } from '../engine/engineParts.ts';
import { exportFormats } from '../engine/library/exportFaceMap.ts';
import { numberIn, oneOf } from './arguments.ts';
import { describeCheck } from './describeCheck.ts';
import { describePassedOver } from './describePassedOver.ts';
import { type LibraryFlags, openLibrary } from './openLibrary.ts';
import { describeProgress, ProgressLine } from './progressLine.ts';
import { print, printable, printJson, report } from './terminal.ts';

/** Exit codes: 0 done, 1 failed, 2 done but some files failed, 3 nothing to do, 130 ended by Ctrl-C. */
export const exitCodes = {
  done: 0,
  failed: 1,
  someFailed: 2,
  nothingToDo: 3,
  interrupted: 130,
} as const;

export interface SimilarFlags extends LibraryFlags {
  readonly face?: number | undefined;
  readonly weight?: number | undefined;
  readonly limit?: number;
  readonly json?: boolean;
}

/**
 * Opens the library, runs `work`, and closes it again whatever happens. Ctrl-C closes it after
 * the images in work; a second one ends the process at once.
 */
export async function withLibrary(
  flags: LibraryFlags,
  options: Pick<EngineOptions, 'autoStart' | 'watch' | 'mayWrite'>,
  work: (engine: Engine, line: ProgressLine) => Promise<number>,
): Promise<number> {
  const line = new ProgressLine();
  const engine = await openLibrary(flags, { ...options, ...line.events });
  const interrupted = Promise.withResolvers<number>();
  const onInterrupt = () => interrupted.resolve(exitCodes.interrupted);
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);
  try {
    return await Promise.race([work(engine, line), interrupted.promise]);
  } finally {
    line.end();
    await engine.close();
  }
}

/** `index [folder]`: indexes what is new. */
export function index(folder: string | undefined, flags: LibraryFlags & { force?: boolean }) {
  const library = { ...flags, ...(folder === undefined ? {} : { folder }) };
  return withLibrary(library, { autoStart: false, watch: false }, async (engine, line) => {
    engine.indexing.start({ force: flags.force === true });
    return finishIndexing(engine, line);
  });
}

async function finishIndexing(engine: Engine, line: ProgressLine): Promise<number> {
  await engine.settled();
  line.end();
  const { failure } = engine.indexing.progress;
  if (failure !== null) {
    throw new FamiliarError(failure.code, failure.message, failure);
  }
  print(describeProgress(engine.indexing.progress, false));
  const passedOver = describePassedOver(engine.indexing.passedOver);
  if (passedOver !== '') {
    print(`passed over: ${passedOver}`);
  }
  const failures = engine.library.failures();
  for (const failed of failures) {
    print(`  ${printable(failed.relativePath)}: ${failed.code}: ${failed.remedy}`);
  }
  if (failures.length > 0) {
    return exitCodes.someFailed;
  }
  if (engine.library.isEmpty) {
    report('No image was found that can be read.');
    return exitCodes.nothingToDo;
  }
  return exitCodes.done;
}

/** @throws FamiliarError `query-empty` where an empty answer would only mean "never indexed". */
export function requireIndexed(engine: Engine): void {
  if (engine.library.isEmpty) {
    throw new FamiliarError(
      'query-empty',
      `Expected an indexed folder but the library at ${engine.library.storageFolder} is empty.`,
      { remedy: 'Run "index" on the folder first, or check --folder and --storage.' },
    );
  }
}

/** `similar IMAGE`: the pictures of the library that show the same character. */
export function similar(image: string, flags: SimilarFlags): Promise<number> {
  return withLibrary(flags, { autoStart: false, watch: false }, async (engine) => {
    requireIndexed(engine);
    const answer = await search(engine, image, flags);
    if (flags.json === true) {
      printJson(answer);
    } else {
      printTable(answer);
    }
    return exitCodes.done;
  });
}

/** The query that the flags describe; `face` counts from 1 in reading order. */
export async function openChosenQuery(engine: Engine, image: string, flags: SimilarFlags) {
  const weight = numberIn('weight', flags.weight ?? engine.defaultWeight, {
    from: 0,
    to: 1,
    whole: false,
  });
  const limit = numberIn('limit', flags.limit ?? 12, { from: 1, to: 5_000, whole: true });
  const signal = new AbortController().signal;
  const query = await engine.queries.open({ kind: 'path', path: resolve(image) }, signal);
  const main = mainFace(query.faces);
  let faceIds = main === undefined ? [] : [main.id];
  if (flags.face !== undefined) {
    const face = inReadingOrder(query.faces)[Number(flags.face) - 1];
    if (face === undefined) {
      throw new FamiliarError(
        'argument',
        `Expected --face 1…${query.faces.length} but received ${flags.face}.`,
        { remedy: 'Leave --face out to search by the largest certain face.' },
      );
    }
    faceIds = [face.id];
  }
  return { query, faceIds, weight, limit, signal };
}

/** One search from the command line. */
export async function search(engine: Engine, image: string, flags: SimilarFlags) {
  const { query, faceIds, weight, limit, signal } = await openChosenQuery(engine, image, flags);
  const params = {
    queries: [{ queryId: query.queryId, faceIds }],
    weight,
    offset: 0,
    limit,
  };
  return { query, ...(await engine.search.find(params, signal)) };
}

/** A table for people: rank, percentage, cosines, path. */
export function printTable({ results, copiesOfQuery, query }: Awaited<ReturnType<typeof search>>) {
  print(`Query: ${printable(query.name)}, ${query.faces.length} faces`);
  for (const copy of copiesOfQuery) {
    print(`  is in the library as ${printable(copy.relativePath)}`);
  }
  printHeading('image');
  for (const [n, result] of results.entries()) {
    printResult(n, result, result.relativePath, result.copies.length);
  }
}

/** How alike a result is, at one weight and by itself. */
export interface Likeness {
  readonly identityCosine: number | null;
  readonly lookCosine: number;
  readonly probability: number | null;
}

/** The line above results; `what` names their last column. */
export function printHeading(what: string): void {
  print(`   # same        face   look   ${what}`);
}

export const likelihoodWords: Readonly<Record<Likelihood, string>> = {
  veryLikely: 'very likely',
  likely: 'likely',
  possible: 'possible',
  unlikely: 'unlikely',
};

/** One line for a result; `n` counts from 0, `copies` are identical pictures beside it. */
export function printResult(n: number, likeness: Likeness, name: string, copies: number): void {
  const { probability, identityCosine, lookCosine } = likeness;
  const columns = [
    String(n + 1).padStart(4),
    (probability === null ? '–' : likelihoodWords[likelihoodOf(probability)]).padEnd(11),
    identityCosine?.toFixed(3).padStart(6) ?? '     –',
    lookCosine.toFixed(3).padStart(6),
    printable(name),
  ];
  print(`${columns.join(' ')}${copies === 0 ? '' : ` (+${copies} identical)`}`);
}

/** `watch`: indexes, then follows changes until Ctrl-C. */
export function watch(folder: string | undefined, flags: LibraryFlags): Promise<number> {
  const library = { ...flags, ...(folder === undefined ? {} : { folder }) };
  return withLibrary(library, { autoStart: true, watch: true }, async (engine, line) => {
    await engine.settled();
    line.end();
    print(`${describeProgress(engine.indexing.progress, false)}; watching, Ctrl-C ends it`);
    return new Promise<number>(() => undefined);
  });
}

/** `export`: the map from heads to images. */
export function exportMap(path: string, flags: LibraryFlags & { format?: string }) {
  const format = oneOf('format', flags.format ?? 'csv', exportFormats);
  return withLibrary(flags, { autoStart: false, watch: false }, async (engine) => {
    requireIndexed(engine);
    const signal = new AbortController().signal;
    const { images, faces } = await engine.library.export({ format, path: resolve(path) }, signal);
    print(`${faces} faces of ${images} images written to ${path}`);
    return exitCodes.done;
  });
}

/** `stats`: what the library holds. */
export function stats(flags: LibraryFlags & { json?: boolean }): Promise<number> {
  return withLibrary(flags, { autoStart: false, watch: false }, async (engine) => {
    const held = await engine.diagnostics.stats();
    if (flags.json === true) {
      printJson(held);
    } else {
      print(describeStats(held));
    }
    return exitCodes.done;
  });
}

function describeStats(held: Awaited<ReturnType<Engine['diagnostics']['stats']>>): string {
  return Object.entries(held)
    .map(([name, value]) => {
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
      return `${name.padEnd(20)} ${text}`;
    })
    .join('\n');
}

/** `doctor`: tries every part and says what is wrong. */
export function doctor(
  flags: LibraryFlags & { json?: boolean; forgetProbes?: boolean },
): Promise<number> {
  return withLibrary(flags, { autoStart: false, watch: false }, async (engine) => {
    if (flags.forgetProbes === true) {
      await engine.indexing.forgetProbes();
    }
    const found = await engine.diagnostics.doctor();
    if (flags.json === true) {
      printJson(found);
    } else {
      for (const check of found.checks) {
        print(printable(describeCheck(check)));
      }
    }
    return found.ok ? exitCodes.done : exitCodes.failed;
  });
}
