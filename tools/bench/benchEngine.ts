import { basename } from 'node:path';
import { defaultSettings, type ExecutionProvider } from '../../src/common/settings.ts';
import { Engine } from '../../src/engine/engine.ts';

/** An engine over one folder that works at full speed, and only when it is told to. */
export function openBenchEngine(
  folder: string,
  storageFolder: string,
  models: string,
  executionProvider: ExecutionProvider,
): Promise<Engine> {
  return Engine.open({
    storageFolder,
    folders: [{ id: folder, name: basename(folder), path: folder }],
    settings: { ...defaultSettings, executionProvider, speed: 'fast' },
    watch: false,
    autoStart: false,
    previousExit: 'ended',
    bundledModels: models,
  });
}
