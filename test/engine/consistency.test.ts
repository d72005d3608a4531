import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLibrary } from '../../src/cli/openLibrary.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { LibraryStore } from '../../src/engine/library/libraryStore.ts';
import { loadManifest, modelRevision, vectorDimensions } from '../../src/engine/models/manifest.ts';
import { Revisions } from '../../src/engine/search/revisions.ts';
import { writeTestModels } from '../unit/models/testModels.ts';
import { TestLibraries, until } from './support/library.ts';

const { signal } = new AbortController();
const files = 6;
const contents = 9;

let libraries: TestLibraries;
/** Folders of two model revisions, whose vectors have different lengths. */
let models: string[];
let pictures: Buffer[];
let nextLibrary = 0;

beforeAll(async () => {
  libraries = await TestLibraries.create();
  models = await Promise.all(
    ['1', '2'].map((revision) =>
      writeTestModels(libraries.folder(`models-${revision}`), {
        edit: (manifest) => {
          manifest.revision = revision;
        },
      }),
    ),
  );
  pictures = await Promise.all(Array.from({ length: contents }, (_, n) => paint(n)));
});
afterAll(() => libraries.delete());

/** A picture of its own colours; the test detector takes what is red for faces: 0 to 2 of them. */
function paint(n: number): Promise<Buffer> {
  const background = { r: 10 + 12 * n, g: 90 - 5 * n, b: 30 + 20 * n };
  const face = (k: number) => ({
    left: 8 + 32 * k,
    top: 8 + 24 * k,
    input: {
      create: {
        width: 16,
        height: 16,
        channels: 3 as const,
        background: { r: 255, g: 25 * n, b: 200 * k },
      },
    },
  });
  return sharp({ create: { width: 64, height: 64, channels: 3, background } })
    .composite(Array.from({ length: n % 3 }, (_, k) => face(k)))
    .png()
    .toBuffer();
}

/** One library, the window that indexes it, and perhaps a second one. */
class Windows {
  readonly folder: string;
  readonly storage: string;
  #revision = 0;
  #first: Engine | undefined;
  #second: Engine | undefined;

  constructor(name: string) {
    this.folder = libraries.folder(name);
    this.storage = libraries.storage(name);
  }

  get leading(): Engine {
    return this.#first as Engine;
  }

  /** All that are open. */
  get all(): Engine[] {
    return [this.#first, this.#second].flatMap((engine) => engine ?? []);
  }

  open(): Promise<Engine> {
    const flags = { folder: this.folder, storage: this.storage, provider: 'cpu' };
    return openLibrary(
      { ...flags, models: models[this.#revision] as string },
      { autoStart: false, watch: false },
    );
  }

  async start(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    this.#first = await this.open();
  }

  async openSecond(): Promise<void> {
    this.#second ??= await this.open();
  }

  /** The window that indexes goes; the other one takes the library over. */
  async takeOver(): Promise<void> {
    if (this.#second !== undefined) {
      await this.leading.close();
      this.#first = this.#second;
      this.#second = undefined;
      await until(async () => (await role(this.leading)) === 'leader');
    }
  }

  /** Another revision of the models; what the older one computed is searched meanwhile. */
  async changeModels(): Promise<void> {
    await this.close();
    this.#revision = 1 - this.#revision;
    await this.start();
  }

  /** As happens by itself where much has changed. */
  async rebuild(): Promise<void> {
    await this.close();
    const { manifest } = await loadManifest(models[this.#revision] as string);
    const store = this.#openStore();
    const revisions = await Revisions.open({
      store,
      models: { revision: modelRevision(manifest), dimensions: vectorDimensions(manifest) },
      folder: join(this.storage, 'index'),
      readOnly: () => false,
      log: (message) => expect.fail(message),
    });
    for (const { faces, looks } of revisions.searched) {
      await faces.rebuild();
      await looks.rebuild();
    }
    await revisions.close();
    store.close();
    await this.start();
  }

  /** Waits until each window has taken over what the others wrote. */
  async compare(): Promise<void> {
    const fresh = await this.open();
    const expected = await answers(fresh, this);
    await fresh.close();
    for (const engine of this.all) {
      if (this.all.length > 1) {
        await until(
          async () => JSON.stringify(await answers(engine, this)) === JSON.stringify(expected),
        );
      }
      expect(await answers(engine, this)).toEqual(expected);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((engine) => engine.close()));
    this.#first = undefined;
    this.#second = undefined;
  }

  #openStore(): LibraryStore {
    return LibraryStore.open(this.storage, (error) => {
      throw error;
    });
  }
}

async function role(engine: Engine): Promise<string | undefined> {
  const { checks } = await engine.diagnostics.doctor();
  const [library] = checks.flatMap((check) => (check.part === 'library' ? [check] : []));
  return library?.facts?.role;
}

/** All that a person sees of a library, and how much its index holds. */
async function answers(engine: Engine, { folder }: Windows) {
  const { checks } = await engine.diagnostics.doctor();
  const found: unknown[] = [];
  for (let n = 0; n < files; n++) {
    const source = { kind: 'path' as const, path: join(folder, `${n}.png`) };
    const query = await engine.queries.open(source, signal).catch(() => undefined);
    const faces = query?.faces.map(({ id }) => id) ?? [];
    for (const faceIds of query === undefined ? [] : [[], ...faces.map((id) => [id])]) {
      for (const weight of [0, 0.5, 1]) {
        const queries = [
          { queryId: query?.queryId as string, faceIds: faceIds.filter((id) => id > 0) },
        ];
        const params = { queries, weight, offset: 0, limit: 100 };
        const { results, total } = await engine.search.find(params, signal);
        // Faces that are in no library have ids of their own in every window.
        found.push({
          n,
          weight,
          total,
          results: results.map((one) => ({ ...one, queryFaceId: 0 })),
        });
      }
    }
  }
  const [index] = checks.flatMap((check) => (check.part === 'index' ? [check] : []));
  const { images, files: paths, faces } = await engine.diagnostics.stats();
  return { indexed: index?.facts?.faces, images, paths, faces, found };
}

const kinds = [
  'write',
  'write',
  'rename',
  'delete',
  'index',
  'index',
  'reindex',
  'draw',
  'draw in the second window',
  'undraw',
  'reject',
  'change models',
  'open a second window',
  'take over',
  'rebuild',
  'compare',
] as const;

interface Step {
  readonly kind: (typeof kinds)[number];
  readonly file: number;
  readonly other: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...kinds),
  file: fc.nat(files - 1),
  other: fc.nat(contents - 1),
});

async function index(engine: Engine, force = false): Promise<void> {
  engine.indexing.start({ force });
  await engine.settled();
}

/** The query of a file of the library; undefined where it is not there. */
async function openIndexed(engine: Engine, path: string) {
  const query = await engine.queries.open({ kind: 'path', path }, signal).catch(() => undefined);
  return query === undefined || query.imageId === null ? undefined : query;
}

async function decide(engine: Engine, { kind, other }: Step, path: string): Promise<void> {
  const query = await openIndexed(engine, path);
  if (query === undefined) {
    return;
  }
  const { queryId, faces } = query;
  const drawn = faces.find(({ source }) => source === 'manual');
  if (kind === 'undraw' && drawn !== undefined) {
    await engine.queries.removeFace(queryId, drawn.id, signal);
  } else if (kind.startsWith('draw')) {
    const box = { x: 3 * other, y: 20, width: 24, height: 24 };
    // Of older models nothing can be drawn until the image is indexed again.
    await engine.queries.addFace(queryId, box, signal).catch((error) => {
      expect(error).toMatchObject({ code: 'query-unknown' });
    });
  } else if (kind === 'reject' && faces[0] !== undefined) {
    const queries = [{ queryId, faceIds: [faces[0].id] }];
    const { results } = await engine.search.find(
      { queries, weight: 1, offset: 0, limit: 9 },
      signal,
    );
    const faceId = results.find(({ face }) => face !== null)?.face?.id;
    if (faceId !== undefined) {
      engine.search.reject({ queryId, queryFaceId: faces[0].id, faceId });
    }
  }
}

async function change(windows: Windows, one: Step): Promise<void> {
  const { kind, file, other } = one;
  const path = join(windows.folder, `${file}.png`);
  switch (kind) {
    case 'write':
      return writeFile(path, pictures[other] as Buffer);
    case 'rename':
      return rename(path, join(windows.folder, `${other % files}.png`)).catch(() => undefined);
    case 'delete':
      return rm(path, { force: true });
    case 'index':
      return index(windows.leading);
    case 'reindex':
      return index(windows.leading, true);
    case 'change models':
      return windows.changeModels();
    case 'open a second window':
      return windows.openSecond();
    case 'take over':
      return windows.takeOver();
    case 'rebuild':
      return windows.rebuild();
    case 'compare':
      return windows.compare();
    case 'draw in the second window':
      return decide(windows.all.at(-1) as Engine, one, path);
    default:
      return decide(windows.leading, one, path);
  }
}

/** Sequences of which each went wrong once: these are tried every time. */
const examples: [Step[]][] = [
  ['rebuild', 'reindex', 'reindex', 'compare', 'rebuild', 'delete', 'index'],
  ['open a second window', 'draw in the second window', 'compare', 'take over', 'undraw'],
  ['change models', 'delete', 'compare', 'index', 'draw', 'reindex', 'reject'],
].map((list) => [list.map((kind) => ({ kind: kind as Step['kind'], file: 1, other: 4 }))]);

it('answers, whatever happened to a library, as one that is opened anew', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const windows = new Windows(`library-${nextLibrary++}`);
      await windows.start();
      for (let n = 0; n < files; n++) {
        await writeFile(join(windows.folder, `${n}.png`), pictures[n] as Buffer);
      }
      await index(windows.leading);
      try {
        for (const one of steps) {
          await change(windows, one);
        }
        await windows.compare();
      } finally {
        await windows.close();
      }
    }),
    { numRuns: 6, examples },
  );
}, 600_000);
