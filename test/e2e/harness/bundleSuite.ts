import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Makes an extension with nothing but tests.
 * @param entry module with a function `run` that VS Code calls
 * @returns `folder`
 */
export async function bundleSuite(entry: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const manifest = { name: 'suite', publisher: 'test', version: '0.0.1', engines: { vscode: '*' } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await build({
    entryPoints: [entry],
    outfile: join(folder, 'index.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
  });
  return folder;
}
