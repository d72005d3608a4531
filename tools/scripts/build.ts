import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const dist = join(root, 'dist');

export interface BundleOptions {
  /** Smaller output without source maps, for what is published. */
  readonly minify: boolean;
}

/** Packages with native parts: they stay beside the bundles and are loaded from there. */
export const nativePackages = ['onnxruntime-node', 'sharp'];

/**
 * Bundles the programs into `dist/`: the host as CommonJS, as VS Code loads extensions, the
 * engine, its inference host, its painter and the command line as ES modules, and the webview's page. Puts
 * models and the Annoy addon next to them, so that `dist` is complete but for `nativePackages`.
 * @returns the files that went into the bundles, as paths below the root
 */
export async function bundle({ minify }: BundleOptions): Promise<string[]> {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  const [results] = await Promise.all([
    Promise.all(bundleOptions({ minify }).map((options) => build({ ...options, metafile: true }))),
    copyFiles(),
  ]);
  return results.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {}));
}

/** What esbuild is told for the host, the programs of Node and the webview's page. */
export function bundleOptions({ minify }: BundleOptions): readonly BuildOptions[] {
  const shared: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    minify,
    // Class and function names are part of error messages and logs.
    keepNames: true,
    sourcemap: minify ? false : 'linked',
    legalComments: 'linked',
    logLevel: 'warning',
  };
  return [hostOptions, nodeOptions, webviewOptions].map((options) => ({ ...shared, ...options }));
}

const hostOptions: BuildOptions = {
  entryPoints: { extension: 'src/host/extension.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  external: ['vscode'],
};

const nodeOptions: BuildOptions = {
  entryPoints: {
    engine: 'src/engine/main.ts',
    inferenceHost: 'src/engine/models/inferenceHost.ts',
    painterProcess: 'src/engine/imaging/painterProcess.ts',
    groupWorker: 'src/engine/characters/groupWorker.ts',
    cli: 'src/cli/main.ts',
  },
  outdir: 'dist',
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // The engine loads most of itself only while its self-test runs (src/engine/main.ts). The parts
  // stay beside the programs, where all of them look for models and binaries.
  splitting: true,
  chunkNames: 'part-[hash]',
  external: nativePackages,
  // Packages in CommonJS ask for Node's own modules by `require`, which ES modules lack.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
  },
};

const webviewOptions: BuildOptions = {
  entryPoints: { main: 'webview/main.ts', characters: 'webview/characters.ts' },
  outdir: 'dist/webview',
  platform: 'browser',
  target: 'chrome134',
  format: 'esm',
  tsconfig: 'webview/tsconfig.json',
};

async function copyFiles(): Promise<void> {
  await cp(join(root, 'models'), join(dist, 'models'), { recursive: true });
  const addons = join(root, 'build', 'native');
  // Where there is no compiler there is no addon; the engine then searches exactly.
  if (existsSync(addons)) {
    await cp(addons, join(dist, 'native'), {
      recursive: true,
      filter: (path) => !path.endsWith('stamp'),
    });
  }
}

if (import.meta.main) {
  await bundle({ minify: process.argv.includes('--minify') });
}
