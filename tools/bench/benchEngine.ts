import { basename } from 'node:path';
import { Engine } from '../../src/engine/engine.ts';
import { type ExecutionProvider, settingsSchema } from '../../src/protocol/engineProtocol.ts';

/** An engine over one folder that works at full speed, and only when it is told to. */
export function openBenchEngine(
  folder: string,
  storageFolder: string,
  models: string,
  executionProvider: ExecutionProvider,
): Promise<Engine> {
  return Engine.open({
    protocolVersion: 1,
    storageFolder,
    folders: [{ id: folder, name: basename(folder), path: folder }],
    settings: settingsSchema.parse({ executionProvider, speed: 'fast' }),
    watch: false,
    autoStart: false,
    previousExit: 'ended',
    bundledModels: models,
    notify: () => undefined,
  });
}
