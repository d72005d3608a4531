/** Where the models run; `auto` tries the accelerators of the platform and takes the fastest. */
export const executionProviders = ['auto', 'cpu', 'webgpu', 'cuda', 'directml', 'coreml'] as const;
export type ExecutionProvider = (typeof executionProviders)[number];

/** How much of the machine indexing takes. */
export const speeds = ['background', 'balanced', 'fast'] as const;
export type Speed = (typeof speeds)[number];

/** A folder to index. `id` is stable over sessions (the folder's URI or path). */
export interface Folder {
  readonly id: string;
  readonly name: string;
  readonly path: string;
}

/** What a person can set; host and command line read it, the engine obeys it. */
export interface Settings {
  /** Globs relative to a folder; empty means every image format that can be read. */
  readonly include: readonly string[];
  /** Globs relative to a folder; joined with the `.gitignore` files where `useGitignore`. */
  readonly exclude: readonly string[];
  readonly useGitignore: boolean;
  /** Whether what systems, sync tools and game engines leave in folders is passed over. */
  readonly useDefaultExcludes: boolean;
  /** Whether folders are looked at again and again instead of waiting for the system's events. */
  readonly usePolling: boolean;
  /** Whether links may lead out of the folders. */
  readonly followSymlinks: boolean;
  readonly executionProvider: ExecutionProvider;
  readonly speed: Speed;
  /** Folder with a `manifest.json` of other models; null for the ones that come along. */
  readonly modelsFolder: string | null;
  /** Images of more pixels than this (width × height) are refused before they are decoded. */
  readonly maxPixels: number;
  /** File in the first folder that decisions about characters are shared by; none where it is empty. */
  readonly charactersFile: string;
}

export const defaultSettings: Settings = {
  include: [],
  exclude: [],
  useGitignore: true,
  useDefaultExcludes: true,
  usePolling: false,
  followSymlinks: false,
  executionProvider: 'auto',
  speed: 'balanced',
  modelsFolder: null,
  maxPixels: 268_402_689,
  charactersFile: '',
};
