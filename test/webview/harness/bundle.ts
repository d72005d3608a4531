import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The application as the extension ships it: `main.js` and `main.css`. */
export async function bundleWebview(): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../../webview/main.ts', import.meta.url))],
    bundle: true,
    write: false,
    outdir: 'out',
    format: 'esm',
    target: 'es2022',
    minify: true,
    logLevel: 'silent',
  });
  return new Map(
    outputFiles.map(({ path, contents }) => [path.split(/[\\/]/).at(-1) ?? '', contents]),
  );
}
