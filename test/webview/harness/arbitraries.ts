import fc from 'fast-check';
import { failureCodes } from '../../../src/common/failure.ts';
import type { Progress } from '../../../src/protocol/engineProtocol.ts';
import type { Failure } from '../../../src/protocol/failureSchema.ts';
import {
  type Card,
  pageSize,
  type ViewFace,
  type ViewQuery,
  type ViewResults,
  type ViewState,
} from '../../../src/protocol/viewProtocol.ts';

/** File names and messages of every kind, with those that mean something to a browser among them. */
export const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '<img src=x onerror="window.broken=1">.png',
    '"><script>window.broken=1</script>',
    "' autofocus onfocus=window.broken=1 x='",
    '{{window.broken=1}}<%= broken %>',
    'command:workbench.action.closeWindow',
    '[click](command:workbench.action.quit)',
    'alice\u202egnp.exe',
    'a'.repeat(4_000),
  ),
);

const ids = fc.integer({ min: -1, max: 2 ** 31 });
const counts = fc.nat({ max: 2_000_000 });
const sides = fc.integer({ min: 1, max: 60_000 });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const shares = fc.double({ min: 0, max: 1, noNaN: true });
const positive = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
/** Boxes may lie anywhere: a detector's mistake must not break the page. */
const boxes = fc.record({ x: finite, y: finite, width: positive, height: positive });
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });

export const failures: fc.Arbitrary<Failure> = fc.record({
  code: fc.constantFrom(...failureCodes),
  message: texts,
  remedy: texts,
});

const progress: fc.Arbitrary<Progress> = fc.record({
  phase: fc.constantFrom('idle', 'scanning', 'indexing', 'paused', 'failed'),
  done: counts,
  total: counts,
  faces: counts,
  failures: counts,
  imagesPerSecond: orNull(positive),
  remainingSeconds: orNull(positive),
  interrupted: fc.boolean(),
  failure: orNull(failures),
});

const faces: fc.Arbitrary<ViewFace> = fc.record({
  id: ids,
  number: fc.integer({ min: 1, max: 500 }),
  box: boxes,
  score: finite,
  source: fc.constantFrom('detected', 'manual'),
  character: orNull(texts),
});

const queries: fc.Arbitrary<ViewQuery> = fc.record({
  queryId: fc.string({ maxLength: 12 }),
  name: texts,
  label: texts,
  width: sides,
  height: sides,
  preview: texts,
  inLibrary: fc.boolean(),
  faces: fc.uniqueArray(faces, { maxLength: 6, selector: ({ id }) => id }),
  selectedFaceIds: fc.array(ids, { maxLength: 4 }),
});

export const states: fc.Arbitrary<ViewState> = fc.record({
  engine: fc.constantFrom('none', 'starting', 'ready', 'ready', 'ready', 'lost'),
  engineFailure: orNull(failures),
  waiting: fc.oneof(
    fc.constant(null),
    fc.record({
      reason: fc.constant('large' as const),
      count: counts,
      isExact: fc.boolean(),
      seconds: positive,
    }),
    fc.record({ reason: fc.constant('untrusted' as const) }),
  ),
  progress,
  library: orNull(fc.record({ images: counts, faces: counts })),
  opening: fc.array(texts, { maxLength: 3 }),
  openFailure: orNull(failures),
  queries: fc.uniqueArray(queries, { maxLength: 3, selector: ({ queryId }) => queryId }),
  weight: shares,
  defaultWeight: shares,
  searching: fc.boolean(),
  searchFailure: orNull(failures),
});

export const cards: fc.Arbitrary<Card> = fc.record({
  imageId: ids,
  name: texts,
  folder: texts,
  width: sides,
  height: sides,
  thumbnail: orNull(texts),
  score: finite,
  probability: orNull(shares),
  face: orNull(fc.record({ id: ids, box: boxes, character: orNull(texts) })),
  queryFaceId: orNull(ids),
  identityCosine: orNull(finite),
  lookCosine: finite,
  copies: fc.array(texts, { maxLength: 3 }),
});

export const resultLists: fc.Arbitrary<ViewResults> = fc.record({
  resultsId: counts,
  reason: fc.constantFrom('query', 'weight', 'refresh'),
  total: fc.oneof(fc.nat({ max: pageSize }), counts),
  cards: fc.array(cards, { maxLength: 12 }),
  copiesOfQuery: fc.array(texts, { maxLength: 3 }),
  partial: fc.boolean(),
  search: fc.constantFrom('annoy', 'exact'),
});

/** The value with one of its parts, at any depth, replaced by junk, left out, or joined by it. */
export function spoiled(value: unknown): fc.Arbitrary<unknown> {
  const junk = fc.oneof(fc.anything({ maxDepth: 2 }), texts);
  return fc
    .tuple(fc.nat(), fc.nat(), junk)
    .map(([depth, step, part]) => spoil(value, { depth: depth % 6, step, part }));
}

function spoil(value: unknown, how: { depth: number; step: number; part: unknown }): unknown {
  if (how.depth === 0 || typeof value !== 'object' || value === null) {
    return how.part;
  }
  const keys = [...Object.keys(value), 'added'];
  const key = keys[how.step % keys.length] ?? 'added';
  const inner: unknown = Reflect.get(value, key);
  const next = spoil(inner, { ...how, depth: how.depth - 1, step: Math.floor(how.step / 7) });
  if (Array.isArray(value)) {
    return value.length === 0 ? [next] : value.with(how.step % value.length, next);
  }
  return { ...value, [key]: next };
}
