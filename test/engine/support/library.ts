import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { search } from '../../../src/cli/commands.ts';
import { openLibrary } from '../../../src/cli/openLibrary.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { LibraryStore } from '../../../src/engine/library/libraryStore.ts';

export interface OpenOptions {
  readonly watch?: boolean;
  readonly models?: string;
}

/** Real engines over real folders below one temporary folder. */
export class TestLibraries {
  readonly base: string;

  private constructor(base: string) {
    this.base = base;
  }

  static async create(): Promise<TestLibraries> {
    return new TestLibraries(await mkdtemp(join(tmpdir(), 'engine-')));
  }

  async delete(): Promise<void> {
    await rm(this.base, { recursive: true });
  }

  /** The folder of that name; its library lies beside it. */
  folder(name: string, ...below: string[]): string {
    return join(this.base, name, ...below);
  }

  storage(name: string): string {
    return this.folder(`${name}-library`);
  }

  open(name: string, { watch = false, models }: OpenOptions = {}): Promise<Engine> {
    return openLibrary(
      {
        folder: this.folder(name),
        storage: this.storage(name),
        provider: 'cpu',
        ...(models === undefined ? {} : { models }),
      },
      { autoStart: watch, watch },
    );
  }

  async withEngine<T>(
    name: string,
    work: (engine: Engine) => Promise<T>,
    options?: OpenOptions,
  ): Promise<T> {
    const engine = await this.open(name, options);
    try {
      return await work(engine);
    } finally {
      await engine.close();
    }
  }

  /** `id hash` of every image of the library: one that is processed again gets another id. */
  imageIds(name: string): string[] {
    const store = LibraryStore.open(this.storage(name), (error) => {
      throw error;
    });
    const rows = store.database.all('SELECT id, content_hash FROM image ORDER BY id');
    store.close();
    return rows.map((row) => `${row['id']} ${row['content_hash']}`);
  }
}

export async function indexAll(engine: Engine): Promise<void> {
  engine.indexing.start({ force: false });
  await engine.settled();
  expect(engine.indexing.progress.failure).toBeNull();
}

/** Relative paths of the results, best first. */
export async function foundPaths(engine: Engine, image: string): Promise<string[]> {
  const { results } = await search(engine, image, { limit: 5_000 });
  return results.flatMap(({ relativePath, copies }) => [
    relativePath,
    ...copies.map((copy) => copy.relativePath),
  ]);
}

/** Waits until `check` holds; the test's own time limit ends what never does. */
export async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await check())) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
