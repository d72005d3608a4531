import { cp } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { generateSample } from '../../tools/sample/generateSample.ts';
import { indexAll, TestLibraries, until } from './support/library.ts';

const { signal } = new AbortController();

let libraries: TestLibraries;
let leader: Engine;
let follower: Engine;
let hero: string;

/** Two engines on one library: the first one indexes, the other one answers beside it. */
beforeAll(async () => {
  libraries = await TestLibraries.create();
  const images = await generateSample({
    folder: libraries.folder('art'),
    characters: 3,
    images: 24,
    seed: 3,
  });
  const single = images.filter(({ file, faces }) => faces.length === 1 && file.endsWith('.png'));
  for (const { file } of single) {
    await cp(libraries.folder('art', file), libraries.folder('two', file));
  }
  hero = libraries.folder('two', single[0]?.file as string);
  leader = await libraries.open('two');
  await indexAll(leader);
  follower = await libraries.open('two');
});
afterAll(async () => {
  await follower.close();
  await leader.close();
  await libraries.delete();
});

const openFile = (engine: Engine, path: string) =>
  engine.queries.open({ kind: 'path', path }, signal);

async function search(engine: Engine) {
  const { queryId, faces } = await openFile(engine, hero);
  const face = faces.find(({ source }) => source === 'detected')?.id as number;
  const queries = [{ queryId, faceIds: [face] }];
  const { results } = await engine.search.find(
    { queries, weight: 1, offset: 0, limit: 99 },
    signal,
  );
  return { queryId, face, results };
}

it('what either of two windows decides counts in the other one', async () => {
  const { queryId, face, results } = await search(follower);
  const [best] = results;
  const box = { x: 8, y: 8, width: 90, height: 90 };
  const drawn = await follower.queries.addFace(queryId, box, signal);
  const rejected = follower.search.reject({
    queryId,
    queryFaceId: face,
    faceId: best?.face?.id as number,
  });
  const seenByLeader = async () => {
    const { results: now } = await search(leader);
    const match = now.find(({ relativePath }) => relativePath === best?.relativePath);
    return match?.face === null;
  };
  await until(seenByLeader);
  expect((await openFile(leader, hero)).faces.map(({ source }) => source)).toContain('manual');
  leader.decisions.undo([drawn.decisionId as string, rejected.decision.id]);
  await until(async () => {
    const { results: now } = await search(follower);
    return now.some(
      ({ relativePath, face: shown }) => relativePath === best?.relativePath && shown !== null,
    );
  });
  const refreshed = await follower.queries.refresh(queryId, signal);
  expect(refreshed.faces.map(({ source }) => source)).toEqual(['detected']);
  expect(follower.decisions.list()).toEqual([]);
});

it('whoever does not index finds every picture, whole, while the other one replaces them all', async () => {
  const { results: before } = await search(follower);
  const summary = (results: typeof before) =>
    results.map(({ relativePath, face }) => `${relativePath} ${face !== null}`).toSorted();
  leader.indexing.start({ force: true });
  const settled = leader.settled().then(() => true);
  let searches = 0;
  for (let done = false; !done; searches++) {
    const { results } = await search(follower);
    expect(summary(results)).toEqual(summary(before));
    done = await Promise.race([
      settled,
      new Promise<false>((resolve) => setTimeout(resolve, 5, false)),
    ]);
  }
  expect(searches).toBeGreaterThan(3);
});
