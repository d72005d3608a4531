import { strict as assert } from 'node:assert';
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestFile } from '../../../src/engine/search/fileDigest.ts';
import type { AnnoyIndex } from '../../../src/native/annoy.ts';
import { loadAnnoy } from '../../../src/native/annoy.ts';
import type { Random } from '../../../tools/sample/random.ts';
import { type Fault, NotPossibleHere, type Round } from '../support/round.ts';
import { until } from '../support/until.ts';

interface IndexFiles {
  readonly manifest: string;
  readonly forest: string;
  readonly ids: string;
}

async function findIndex(storage: string): Promise<IndexFiles> {
  const [revision] = await readdir(join(storage, 'index'));
  const folder = join(storage, 'index', revision as string);
  const names = await readdir(folder);
  const find = (pattern: RegExp) => {
    const name = names.find((candidate) => pattern.test(candidate));
    assert.ok(name, `no index file like ${pattern} among ${names}`);
    return join(folder, name);
  };
  return {
    manifest: find(/^faces\.json$/),
    forest: find(/^faces-.*\.annoy$/),
    ids: find(/^faces-.*\.ids$/),
  };
}

/** A sound forest of another dimension, with a manifest that fits it in all but that. */
async function swapForest({ manifest, forest }: IndexFiles, random: Random): Promise<void> {
  const loaded = loadAnnoy();
  if (!('module' in loaded)) {
    throw new NotPossibleHere(loaded.unavailable.message);
  }
  const described = JSON.parse(await readFile(manifest, 'utf8'));
  const dimension = described.dimension + random.integer(1, 9);
  const other: AnnoyIndex = new loaded.module.AnnoyIndex(dimension);
  for (let n = 0; n < described.count; n++) {
    other.add(Float32Array.from({ length: dimension }, () => random.between(-1, 1)));
  }
  await other.build(described.trees, 1);
  await rm(forest);
  await other.save(forest);
  other.unload();
  if (random.next() < 0.7) {
    described.forest = { ...described.forest, ...(await digestFile(forest)) };
    described.dimension = random.next() < 0.5 ? dimension : described.dimension;
    await writeFile(manifest, JSON.stringify(described));
  }
}

async function flip(path: string, random: Random): Promise<void> {
  const bytes = await readFile(path);
  for (let n = random.integer(1, 50); n > 0; n--) {
    bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
  }
  await writeFile(path, bytes);
}

const manifests = [
  '',
  '{',
  'null',
  '[]',
  '{"format":1}',
  '{"format":3,"metric":"angular"}',
  '{"forest":{"name":"../../library.sqlite"}}',
] as const;

type Damage = (files: IndexFiles, random: Random) => Promise<void>;
const damages: readonly Damage[] = [
  ({ forest }, random) => flip(forest, random),
  ({ ids }, random) => flip(ids, random),
  ({ manifest }, random) => flip(manifest, random),
  ({ manifest }, random) => writeFile(manifest, random.pick([...manifests])),
  async ({ forest }, random) => truncate(forest, random.integer(0, (await stat(forest)).size - 1)),
  async ({ ids }, random) => truncate(ids, random.integer(0, (await stat(ids)).size - 1)),
  ({ forest }) => rm(forest),
  ({ ids }) => rm(ids),
  ({ manifest }) => rm(manifest),
  ({ forest }) => writeFile(forest, ''),
  swapForest,
];

/** Index files are a cache: whatever becomes of them, answers stay right and they come back. */
async function damagedIndex(round: Round): Promise<void> {
  await round.useIndexed(round.templates.forest);
  const before = round.finished();
  const files = await findIndex(round.storage);
  const harm = round.random.pick(damages as [Damage]);
  const wholeManifest = await readFile(files.manifest, 'utf8');
  await harm(files, round.random);
  const engine = await round.start();
  await round.assertAnswers(engine);
  const told = engine.logs.filter((message) => message.includes('index file is not used'));
  assert.ok(told.length <= 1, told.join('\n'));
  await engine.index();
  await until(async () => (await engine.request('stats', null)).indexBytes > 0);
  await round.assertAnswers(engine);
  await engine.stop();
  const healed = await findIndex(round.storage);
  const isSame = (await readFile(healed.manifest, 'utf8')) === wholeManifest;
  assert.equal(isSame && told.length > 0, false, 'a damaged index was left as it is');
  await round.assertWhole(before);
}

/** A file that is cut while it is mapped ends the process: contained, and healed by the next. */
async function cutWhileMapped(round: Round): Promise<void> {
  await round.useIndexed(round.templates.forest);
  const before = round.finished();
  const engine = await round.start();
  await round.assertAnswers(engine);
  const { forest } = await findIndex(round.storage);
  await truncate(forest, round.random.integer(0, (await stat(forest)).size - 1));
  await round.assertAnswersOrReason(engine);
  if (!engine.hasExited) {
    await engine.stop();
  }
  await round.assertWhole(before);
}

export const indexDamage: readonly Fault[] = [
  { name: 'index damaged', run: damagedIndex },
  { name: 'index cut while mapped', run: cutWhileMapped },
];
