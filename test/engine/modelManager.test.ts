import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defaultSettings } from '../../src/common/settings.ts';
import { ModelManager } from '../../src/engine/models/modelManager.ts';
import { writeTestModels } from '../unit/models/testModels.ts';

const settings = { ...defaultSettings, executionProvider: 'cpu' } as const;

let folder: string;
let manager: ModelManager;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'familiar-manager-'));
  manager = await ModelManager.open({
    folder: await writeTestModels(join(folder, 'models')),
    settings,
    cacheFolder: join(folder, 'cache'),
    log: () => undefined,
    onReport: () => undefined,
  });
});
afterEach(async () => {
  await manager.close();
  await rm(folder, { recursive: true });
});

const crop = { data: new Uint8Array(16 * 16 * 3).fill(90), width: 16, height: 16 };

it('keeps models that are worked with until that has ended', async () => {
  const begun = Promise.withResolvers<void>();
  const mayGoOn = Promise.withResolvers<void>();
  const working = manager.use(async (models) => {
    begun.resolve();
    await mayGoOn.promise;
    return models.identity.embed([crop]);
  });
  await begun.promise;
  const before = await manager.get();
  const reloading = manager.configure(settings);
  // Work that begins now has the new models.
  expect(await manager.get()).not.toBe(before);
  mayGoOn.resolve();
  expect(await working).toHaveLength(1);
  await reloading;
  await expect(before.identity.embed([crop])).rejects.toMatchObject({ code: 'provider-failed' });
  expect(await manager.use(({ identity }) => identity.embed([crop]))).toHaveLength(1);
});

it('gives whoever waits the models that were asked for last', async () => {
  const waiting = manager.use(({ identity }) => identity.embed([crop]));
  await manager.configure(settings);
  expect(await waiting).toHaveLength(1);
});

it('loads nothing any more once it is told to stop', async () => {
  const waiting = manager.get();
  manager.stopLoading();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});
