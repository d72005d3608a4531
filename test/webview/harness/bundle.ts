import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));

export interface WebviewBundle {
  /** `main.js` and `main.css` by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly metafile: Metafile;
}

/** The application with the options of `tools/scripts/build.ts`. */
export async function bundleWebview(): Promise<WebviewBundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: 'webview/main.ts', characters: 'webview/characters.ts' },
    tsconfig: 'webview/tsconfig.json',
    bundle: true,
    write: false,
    outdir: 'out',
    platform: 'browser',
    format: 'esm',
    target: 'chrome134',
    minify: true,
    keepNames: true,
    metafile: true,
    logLevel: 'silent',
  });
  const files = new Map(
    outputFiles.map(({ path, contents }) => [path.split(/[\\/]/).at(-1) ?? '', contents]),
  );
  return { files, metafile };
}

/** Bytes of `main.js` by the package that they come from, largest first. */
export function bytesByPackage({ outputs }: Metafile): [name: string, bytes: number][] {
  const sums = new Map<string, number>();
  const script = Object.entries(outputs).find(([path]) => path.endsWith('main.js'))?.[1];
  for (const [path, { bytesInOutput }] of Object.entries(script?.inputs ?? {})) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'familiar-faces';
    sums.set(name, (sums.get(name) ?? 0) + bytesInOutput);
  }
  return [...sums].sort(([, a], [, b]) => b - a);
}
