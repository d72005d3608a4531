import { strict as assert } from 'node:assert';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { CharacterFace } from '../../../src/protocol/characterProtocol.ts';
import type { EngineProcess } from '../support/engineProcess.ts';
import type { Fault, Round } from '../support/round.ts';

const page = { offset: 0, limit: 5_000 };

/** All faces of the library, whoever they are. */
async function everyFace(engine: EngineProcess): Promise<CharacterFace[]> {
  const { characters } = await engine.request('characters/list', {
    filter: '',
    hidden: false,
    ...page,
  });
  const lists = await Promise.all(
    [null, ...characters.map(({ id }) => id)].map((id) =>
      engine.request('characters/faces', { id, ...page }),
    ),
  );
  return lists.flatMap(({ faces }) => faces);
}

/** Path of the picture whose face has each name, as far as the engine said that it has it. */
type Named = Map<string, string>;

async function nameSome(round: Round, engine: EngineProcess, named: Named): Promise<void> {
  const taken = new Set(named.values());
  const free = (await everyFace(engine)).filter(({ relativePath }) => !taken.has(relativePath));
  for (let left = round.random.integer(1, 4); left > 0 && free.length > 1; left--) {
    const [face] = free.splice(round.random.integer(0, free.length - 1), 1);
    const name = `Name ${round.random.integer(0, 1e9)}`;
    await engine.request('characters/nameFaces', { faceIds: [face?.faceId as number], name });
    named.set(name, face?.relativePath as string);
    if (round.random.next() < 0.25) {
      const undone = await engine.request('characters/undo', null);
      assert.deepEqual(undone, { kind: 'name', subject: name });
      named.delete(name);
    }
  }
}

/** Files move while nobody looks. */
async function moveSome(round: Round, named: Named): Promise<void> {
  for (const [name, path] of named) {
    if (round.random.next() < 0.3) {
      const moved = `moved ${round.random.integer(0, 1e9)}.png`;
      await rename(join(round.folder, path), join(round.folder, moved));
      named.set(name, moved);
    }
  }
}

async function assertNamed(engine: EngineProcess, named: Named): Promise<void> {
  for (const [name, path] of named) {
    const { characters } = await engine.request('characters/list', {
      filter: name,
      hidden: false,
      ...page,
    });
    const found = characters.find((character) => character.name === name);
    assert.ok(found, `${name} is lost`);
    const { faces } = await engine.request('characters/faces', { id: found.id, ...page });
    const confirmed = faces.filter((face) => face.confirmed).map((face) => face.relativePath);
    assert.deepEqual(confirmed, [path], name);
  }
}

/** Names are given and undone, files move, all is processed again, and the engine dies in between. */
async function killWhileDeciding(round: Round): Promise<void> {
  await round.useOwnArt();
  const named: Named = new Map();
  let engine = await round.start();
  await engine.index();
  for (let death = round.random.integer(1, 3); death > 0; death--) {
    await nameSome(round, engine, named);
    await moveSome(round, named);
    if (round.random.next() < 0.6) {
      await engine.request('index/start', { force: true });
    }
    const faces = await everyFace(engine);
    const taken = new Set(named.values());
    const last = faces.find(({ relativePath }) => !taken.has(relativePath));
    if (last !== undefined) {
      const name = `Perhaps ${death}`;
      engine
        .request('characters/nameFaces', { faceIds: [last.faceId], name })
        .catch(() => undefined);
    }
    await round.pause(0, 150);
    await engine.killed();
    engine = await round.start();
    await engine.index();
    await assertNamed(engine, named);
  }
  assert.deepEqual(await engine.stop(), { code: 0, signal: null });
}

export const decisionKills: readonly Fault[] = [
  { name: 'kill while characters are named', run: killWhileDeciding },
];
