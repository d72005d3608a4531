import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { LibraryWriter } from '../../../src/engine/indexing/libraryWriter.ts';
import { LibraryStore } from '../../../src/engine/library/libraryStore.ts';
import { nothingRejected } from '../../../src/engine/search/rejectedFaces.ts';
import { Revisions } from '../../../src/engine/search/revisions.ts';
import { SimilarSearch } from '../../../src/engine/search/similarSearch.ts';
import { ClusteredVectors } from '../../../tools/bench/syntheticVectors.ts';

const dimensions = { identity: 16, look: 8 };
const identities = new ClusteredVectors({ dimension: 16, clusters: 5, likeness: 0.6, seed: 4 });
const looks = new ClusteredVectors({ dimension: 8, clusters: 3, likeness: 0.5, seed: 5 });
const queries = Array.from({ length: 3 }, (_, n) => ({
  faceId: 1,
  identity: identities.member(n),
  look: looks.member(n),
  ...nothingRejected,
}));

/** One window on the library, with models of a revision. */
class Window {
  readonly store: LibraryStore;
  readonly revisions: Revisions;
  readonly #writer: LibraryWriter;
  readonly #revision: string;

  private constructor(store: LibraryStore, revisions: Revisions, revision: string) {
    this.store = store;
    this.revisions = revisions;
    this.#revision = revision;
    this.#writer = new LibraryWriter({
      store,
      modelRevision: revision,
      onChange: (change) => revisions.apply(change),
    });
  }

  static async open(folder: string, revision: string, leads: boolean): Promise<Window> {
    const store = LibraryStore.open(folder, (error) => {
      throw error;
    });
    const revisions = await Revisions.open({
      store,
      models: { revision, dimensions },
      folder: join(folder, 'index'),
      readOnly: () => !leads,
      log: (message) => {
        throw new Error(message);
      },
    });
    return new Window(store, revisions, revision);
  }

  save(content: number, faces: number): void {
    this.#writer.saveImages([{ image: this.#image(content, faces), items: [item(content)] }]);
  }

  /** In one batch, as a branch switch brings it: two files show what the other one showed. */
  swap(one: number, other: number): void {
    this.#writer.saveImages([
      { image: this.#image(one, 1), items: [item(other)] },
      { image: this.#image(other, 1), items: [item(one)] },
    ]);
  }

  showAgain(content: number): void {
    this.#writer.saveKnown(item(content), `content ${content}`, 0);
  }

  hide(content: number): void {
    this.#writer.deleteFiles([item(content).path]);
  }

  async rebuild(): Promise<void> {
    for (const { faces, looks: whole } of this.revisions.searched) {
      await faces.rebuild();
      await whole.rebuild();
    }
  }

  /** All that a person could see of it. */
  async answers() {
    const answers = [];
    for (const space of this.revisions.searched) {
      const { modelRevision, faces, looks: whole } = space;
      const found = [];
      for (const weight of [0, 0.5, 1]) {
        const options = { weight, wanted: 10, exclude: new Set<string>() };
        const signal = new AbortController().signal;
        found.push(await new SimilarSearch(space, queries).find({ ...options, signal }));
      }
      for (const { imageId } of found.flat()) {
        expect(this.store.images.find(imageId)?.modelRevision).toBe(modelRevision);
      }
      answers.push({ modelRevision, found, faces: faces.stats, looks: whole.stats });
    }
    return answers;
  }

  #image(content: number, faces: number) {
    return {
      contentHash: `content ${content}`,
      modelRevision: this.#revision,
      width: 4,
      height: 3,
      look: looks.member(content % 3),
      faces: Array.from({ length: faces }, (_, k) => ({
        box: { x: 10 * k, y: 0, width: 5, height: 5 },
        score: 1,
        source: 'detected' as const,
        identity: identities.member((content + k) % 5),
      })),
    };
  }

  async close(): Promise<void> {
    await this.revisions.close();
    this.store.close();
  }
}

function item(content: number) {
  const path = `/art/${content}.png`;
  return { folder: '/art', path, relativePath: path, sizeBytes: 1, mtimeMs: 1, ctimeMs: 1 };
}

const kinds = ['save', 'hide', 'show', 'purge', 'rebuild', 'activate', 'compare'] as const;

interface Step {
  readonly kind: (typeof kinds)[number];
  readonly content: number;
  readonly faces: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('save', ...kinds),
  content: fc.nat(15),
  faces: fc.nat(2),
});

async function lead(leader: Window, { kind, content, faces }: Step): Promise<void> {
  if (kind === 'save') {
    leader.save(content, faces);
  } else if (kind === 'hide') {
    leader.hide(content);
  } else if (kind === 'show') {
    leader.showAgain(content);
  } else if (kind === 'purge') {
    leader.store.images.purgeOrphans(content, 5);
  } else if (kind === 'rebuild') {
    await leader.rebuild();
  } else if (kind === 'activate') {
    await leader.revisions.activateCurrent();
  }
}

it('of a follower are, brought up to date, what they are when opened anew', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const folder = await mkdtemp(join(tmpdir(), 'revisions-'));
      const older = await Window.open(folder, 'old', true);
      for (let content = 0; content < 10; content++) {
        older.save(content, content % 3);
      }
      await older.rebuild();
      await older.revisions.activateCurrent();
      await older.close();
      const leader = await Window.open(folder, 'new', true);
      const follower = await Window.open(folder, 'new', false);
      const compare: Step = { kind: 'compare', content: 0, faces: 0 };
      for (const one of [compare, ...steps, compare]) {
        await lead(leader, one);
        if (one.kind === 'compare') {
          await Promise.all([follower.revisions.refresh(), follower.revisions.refresh()]);
          const fresh = await Window.open(folder, 'new', false);
          expect(await follower.answers()).toEqual(await fresh.answers());
          await fresh.close();
        }
      }
      await follower.close();
      await leader.close();
      await rm(folder, { recursive: true });
    }),
    { numRuns: 25 },
  );
}, 60_000);

it('of a library that is processed again and again stay complete', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'revisions-'));
  const leader = await Window.open(folder, 'one', true);
  const images = 400;
  const found = async () => {
    const [space] = leader.revisions.searched;
    expect(space).toBeDefined();
    const options = { weight: 0.5, wanted: images, exclude: new Set<string>() };
    const search = new SimilarSearch(space as NonNullable<typeof space>, queries);
    return (await search.find({ ...options, signal: new AbortController().signal })).length;
  };
  const complete: number[] = [];
  for (let round = 0; round < 4; round++) {
    for (let content = 0; content < images; content++) {
      leader.save(content, 1);
    }
    if (round === 0) {
      await leader.rebuild();
    }
    complete.push(await found());
    const [space] = leader.revisions.searched;
    expect(space?.faces.stats.count).toBe(images);
  }
  expect(complete).toEqual([images, images, images, images]);
  await leader.close();
  await rm(folder, { recursive: true });
}, 60_000);

it('hold what two files swapped in one batch', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'revisions-'));
  const leader = await Window.open(folder, 'one', true);
  leader.save(1, 1);
  leader.save(2, 1);
  leader.swap(1, 2);
  const fresh = await Window.open(folder, 'one', false);
  expect(await leader.answers()).toMatchObject([{ faces: { count: 2 }, looks: { count: 2 } }]);
  const found = async (window: Window) => (await window.answers()).map((answer) => answer.found);
  expect(await found(leader)).toEqual(await found(fresh));
  await fresh.close();
  await leader.close();
  await rm(folder, { recursive: true });
});

it('take in what was processed without reading a vector back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'revisions-'));
  const leader = await Window.open(folder, 'one', true);
  const { database } = leader.store;
  const reads = (['get', 'all', 'tuples'] as const).map((how) => vi.spyOn(database, how));
  leader.save(1, 2);
  leader.save(1, 2);
  leader.hide(1);
  const read = reads
    .flatMap(({ mock }) => mock.calls.map(([sql]) => sql))
    // Of the few faces that people decided on; here are none.
    .filter((sql) => !sql.includes('FROM decided_face'));
  expect(read.length).toBeGreaterThan(0);
  expect(
    read.filter((sql) => /SELECT[^(]*(look|identity|\*)[^(]*FROM (image|face)/.test(sql)),
  ).toEqual([
    // Where the faces of an older result are, to keep their stable ids.
    expect.stringContaining('SELECT face.* FROM face JOIN image'),
    expect.stringContaining('SELECT face.* FROM face JOIN image'),
  ]);
  vi.restoreAllMocks();
  leader.showAgain(1);
  expect(await leader.answers()).toMatchObject([{ faces: { count: 2 }, looks: { count: 1 } }]);
  await leader.close();
  await rm(folder, { recursive: true });
});
