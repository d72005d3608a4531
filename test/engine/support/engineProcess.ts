import { fileURLToPath } from 'node:url';
import { defaultSettings } from '../../../src/common/settings.ts';
import type { EngineClientOptions } from '../../../src/host/client/engineClient.ts';

const entry = fileURLToPath(new URL('../../../src/engine/main.ts', import.meta.url));
const modelsFolder = fileURLToPath(new URL('../../../models', import.meta.url));
const quiet = () => undefined;

export interface LibraryPlace {
  readonly folder: string;
  readonly storage: string;
  readonly autoStart?: boolean;
}

/** The options of a client for an engine process that runs from the sources. */
export function clientOptions({ folder, storage, autoStart = false }: LibraryPlace) {
  return {
    entry,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    initializeParams: () => ({
      protocolVersion: 1 as const,
      storageFolder: storage,
      folders: [{ id: folder, name: 'art', path: folder }],
      settings: { ...defaultSettings, executionProvider: 'cpu' as const, modelsFolder },
      watch: false,
      autoStart,
    }),
  } satisfies EngineClientOptions;
}
