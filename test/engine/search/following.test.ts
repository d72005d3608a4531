import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { normalise } from '../../../src/common/vector.ts';
import { digestFile } from '../../../src/engine/search/fileDigest.ts';
import { VectorIndex } from '../../../src/engine/search/vectorIndex.ts';
import { Random } from '../../../tools/sample/random.ts';
import { describeAnnoy } from '../support/annoy.ts';

vi.mock('../../../src/engine/search/fileDigest.ts', { spy: true });

const dimension = 12;
const random = new Random(3);
const unit = () => normalise(Float32Array.from({ length: dimension }, () => random.between(-1, 1)));

/** What the leader writes and everybody reads: vectors that are there, and that were once. */
class Library {
  readonly shown = new Map<number, Float32Array>();
  readonly hidden = new Map<number, Float32Array>();
  /** Ids whose vectors were read, in order. */
  readonly read: number[] = [];
  #last = 0;

  /** An id is never used again. */
  add(): [number, Float32Array] {
    const added: [number, Float32Array] = [++this.#last, unit()];
    this.shown.set(...added);
    return added;
  }

  ids(): Int32Array {
    return Int32Array.from(this.shown.keys()).sort();
  }

  /** In pages of seven, backwards. */
  *idPages() {
    const ids = [...this.ids()].reverse();
    for (let from = 0; from < ids.length; from += 7) {
      yield ids.slice(from, from + 7);
    }
  }

  *vectors(ids: Int32Array) {
    for (const id of ids) {
      const vector = this.shown.get(id);
      if (vector !== undefined) {
        this.read.push(id);
        yield { id, vector };
      }
    }
  }
}

let folder: string;
let library: Library;
let log: string[];
const opened: VectorIndex[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'following-'));
  library = new Library();
  log = [];
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((index) => index.close()));
  await rm(folder, { recursive: true, force: true });
});

async function open(leads: boolean, revision = 'r1'): Promise<VectorIndex> {
  const index = await VectorIndex.open({
    folder,
    space: 'faces',
    dimension,
    revision,
    source: library,
    readOnly: () => !leads,
    log: (message) => log.push(message),
  });
  opened.push(index);
  return index;
}

/** Everything that can be seen of an index. */
async function answers(index: VectorIndex, queries: readonly Float32Array[]) {
  const found = [];
  for (const query of queries) {
    found.push((await index.candidates(query, 8)).ids);
  }
  return { stats: index.stats, found };
}

/** A leader, its library of so many vectors and their forest, and a follower that has loaded it. */
async function leadAndFollow(count: number) {
  const leader = await open(true);
  for (let n = 0; n < count; n++) {
    leader.add(...library.add());
  }
  await leader.rebuild();
  const follower = await open(false);
  expect(follower.stats).toMatchObject({ kind: 'annoy', overlay: 0, count });
  library.read.length = 0;
  vi.mocked(digestFile).mockClear();
  return { leader, follower };
}

async function damage(ending: string): Promise<void> {
  const name = (await readdir(folder)).find((file) => file.endsWith(ending)) as string;
  const bytes = await readFile(join(folder, name));
  bytes[20] = (bytes[20] as number) ^ 0xff;
  await rm(join(folder, name));
  await writeFile(join(folder, name), bytes);
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add'), which: fc.nat(12) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('remove', 'change', 'hide', 'show'),
      which: fc.nat(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('rebuild', 'refresh', 'refresh during the next'),
      which: fc.constant(0),
    }),
  },
);

async function lead(leader: VectorIndex, kind: string, which: number): Promise<void> {
  const pick = (from: Map<number, Float32Array>) => [...from][which % Math.max(1, from.size)];
  const picked = pick(kind === 'show' ? library.hidden : library.shown);
  if (kind === 'add') {
    for (let n = 0; n <= which; n++) {
      leader.add(...library.add());
    }
  } else if (kind === 'rebuild') {
    await leader.rebuild();
  } else if (kind === 'show' && picked !== undefined) {
    library.hidden.delete(picked[0]);
    library.shown.set(...picked);
    leader.add(...picked);
  } else if (['remove', 'change', 'hide'].includes(kind) && picked !== undefined) {
    library.shown.delete(picked[0]);
    leader.remove(picked[0]);
    if (kind === 'hide') {
      library.hidden.set(...picked);
    } else if (kind === 'change') {
      leader.add(...library.add());
    }
  }
}

describeAnnoy('a follower', () => {
  it('answers as one that is opened anew, whatever the leader does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await rm(folder, { recursive: true, force: true });
        library = new Library();
        const queries = Array.from({ length: 4 }, unit);
        const leader = await open(true);
        const follower = await open(false);
        let refreshing: Promise<void> | undefined;
        for (const { kind, which } of [...steps, { kind: 'refresh', which: 0 }]) {
          if (kind === 'refresh during the next') {
            refreshing ??= follower.refresh();
            continue;
          }
          await lead(leader, kind, which);
          await refreshing;
          refreshing = undefined;
          if (kind === 'refresh') {
            await follower.refresh();
            const fresh = await open(false);
            expect(await answers(follower, queries)).toEqual(await answers(fresh, queries));
            const every = (await follower.candidates(unit(), 1_000)).ids;
            expect([...every].sort((a, b) => a - b)).toEqual([...library.ids()]);
          }
        }
        await Promise.all(opened.splice(0).map((index) => index.close()));
      }),
      { numRuns: 60 },
    );
    expect(log).toEqual([]);
  });

  it('reads no index file again, and no vector that it has, while the manifest is the same', async () => {
    const { leader, follower } = await leadAndFollow(300);
    const [added, vector] = library.add();
    leader.add(added, vector);
    await follower.refresh();
    library.shown.delete(7);
    leader.remove(7);
    await follower.refresh();
    expect(follower.stats).toMatchObject({ overlay: 1, tombstones: 1, count: 300 });
    expect((await follower.candidates(vector, 1)).ids).toContain(added);
    expect(library.read).toEqual([added]);
    expect(digestFile).not.toHaveBeenCalled();
    await leader.rebuild();
    vi.mocked(digestFile).mockClear();
    await follower.refresh();
    expect(digestFile).toHaveBeenCalledTimes(2);
    expect(follower.stats).toMatchObject({ overlay: 0, tombstones: 0, count: 300 });
  });

  it.each(['.annoy', '.ids', '.json'])(
    'keeps what it has rather than load a damaged %s file, until there is a sound one',
    async (ending) => {
      const { leader, follower } = await leadAndFollow(300);
      const [added, vector] = library.add();
      leader.add(added, vector);
      await leader.rebuild();
      await damage(ending);
      await follower.refresh();
      expect(follower.stats).toMatchObject({ overlay: 1, count: 301 });
      expect(log.join()).toContain('An index file is not used');
      vi.mocked(digestFile).mockClear();
      await follower.refresh();
      expect(digestFile).not.toHaveBeenCalled();
      await leader.rebuild();
      await follower.refresh();
      expect(follower.stats).toMatchObject({ overlay: 0, count: 301 });
    },
  );

  it('never takes the files of another revision', async () => {
    const { follower } = await leadAndFollow(300);
    library.add();
    const other = await open(true, 'r2');
    await other.rebuild();
    vi.mocked(digestFile).mockClear();
    await follower.refresh();
    expect(digestFile).not.toHaveBeenCalled();
    expect(follower.stats).toMatchObject({ overlay: 1, count: 301 });
  });

  it.each([false, true])(
    'keeps what a person draws in its window while it reads what is new; another forest: %s',
    async (isOther) => {
      const { leader, follower } = await leadAndFollow(300);
      if (isOther) {
        leader.add(...library.add());
        await leader.rebuild();
        library.read.length = 0;
      }
      for (let n = 0; n < 2_500; n++) {
        leader.add(...library.add());
      }
      const refreshing = follower.refresh();
      await vi.waitFor(() => expect(library.read.length).toBeGreaterThan(0), { interval: 1 });
      for (const gone of [5, library.read[0] as number]) {
        library.shown.delete(gone);
        follower.remove(gone);
      }
      const [drawn, vector] = library.add();
      follower.add(drawn, vector);
      await refreshing;
      const every = (await follower.candidates(vector, 5_000)).ids;
      expect([...every].sort((a, b) => a - b)).toEqual([...library.ids()]);
    },
  );
});
