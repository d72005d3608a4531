import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLibrary } from '../../src/cli/openLibrary.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { generateSample } from '../../tools/sample/generateSample.ts';
import { indexAll, TestLibraries, until } from './support/library.ts';

const { signal } = new AbortController();
const aborted = { name: 'AbortError' };

let libraries: TestLibraries;
let picture: string;

beforeAll(async () => {
  libraries = await TestLibraries.create();
  const [image] = await generateSample({
    folder: libraries.folder('art'),
    characters: 2,
    images: 6,
    seed: 5,
  });
  picture = String(image?.file);
  await libraries.withEngine('art', indexAll);
});
afterAll(() => libraries.delete());

/** The system's watches that this process holds; none where the kernel does not list them. */
async function countWatches(): Promise<number> {
  if (process.platform !== 'linux') {
    return 0;
  }
  let count = 0;
  for (const name of await readdir('/proc/self/fdinfo')) {
    const text = await readFile(`/proc/self/fdinfo/${name}`, 'utf8').catch(() => '');
    count += text.split('\n').filter((line) => line.startsWith('inotify wd')).length;
  }
  return count;
}

/** Nothing of the engine is left to run: no watch, no indexing, and no answer to what is asked. */
async function expectEnded(engine: Engine): Promise<void> {
  expect(await countWatches()).toBe(0);
  expect(engine.indexing.isRunning).toBe(false);
  expect(engine.indexing.progress.failure).toBeNull();
  const source = { kind: 'path', path: libraries.folder('art', picture) } as const;
  await expect(engine.queries.open(source, signal)).rejects.toMatchObject(aborted);
}

describe('closing an engine', () => {
  it('ends a change of folders that is under way', async () => {
    const engine = await libraries.open('art', { watch: true });
    await engine.settled();
    const other = libraries.folder('other');
    await mkdir(other);
    const changing = engine.indexing.setFolders([{ id: other, name: 'other', path: other }]);
    const ended = expect(changing).rejects.toMatchObject(aborted);
    await engine.close();
    await ended;
    await expectEnded(engine);
  });

  it('ends a change of settings that is under way', async () => {
    const engine = await libraries.open('art', { watch: true });
    await engine.settled();
    const { settings } = engine.indexing;
    const changing = engine.indexing.setSettings({ ...settings, speed: 'background' });
    const ended = expect(changing).rejects.toMatchObject(aborted);
    await engine.close();
    await ended;
    await expectEnded(engine);
  });

  it('ends loading and measuring the models', async () => {
    await cp(libraries.folder('art'), libraries.folder('unknown'), { recursive: true });
    const engine = await libraries.open('unknown');
    const source = { kind: 'path', path: libraries.folder('unknown', picture) } as const;
    const opening = expect(engine.queries.open(source, signal)).rejects.toMatchObject(aborted);
    engine.indexing.start({ force: false });
    await engine.close();
    await opening;
    await expectEnded(engine);
    expect((await readdir(libraries.storage('unknown'))).includes('providers')).toBe(false);
  });

  it('ends the take-over of a library that another process indexed', async () => {
    const first = await libraries.open('art');
    const closing = Promise.withResolvers<void>();
    let isToClose = false;
    const warnings: string[] = [];
    const second: Engine = await openLibrary(
      { folder: libraries.folder('art'), storage: libraries.storage('art'), provider: 'cpu' },
      {
        autoStart: true,
        watch: true,
        onLog: (level, message) => level === 'warning' && warnings.push(message),
        // Told in the middle of the take-over: what the other wrote is read, nothing is begun yet.
        onChanged: () => {
          if (isToClose) {
            closing.resolve(second.close());
          }
        },
      },
    );
    await until(() => !second.indexing.isRunning);
    isToClose = true;
    await first.close();
    await closing.promise;
    await expectEnded(second);
    expect(warnings).toEqual([]);
    // Nobody holds the library any more.
    await libraries.withEngine('art', indexAll);
  });
});
