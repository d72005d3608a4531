import { expect, test } from 'vitest';
import { bundleWebview, bytesByPackage } from './harness/bundle.ts';

/** Well above what it is today; what passes it by an accident of imports should be noticed. */
const maxBytes = 450_000;

test('the page stays small', async () => {
  const { files, metafile } = await bundleWebview();
  const bytes = files.get('main.js')?.byteLength ?? 0;
  console.info(`main.js: ${kilobytes(bytes)}`);
  for (const [name, part] of bytesByPackage(metafile).slice(0, 8)) {
    console.info(`  ${kilobytes(part).padStart(7)}  ${name}`);
  }
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(maxBytes);
});

test('one file imports the toolkit, and none what belongs to other rooms', async () => {
  const { metafile } = await bundleWebview();
  const importersOf = (part: string) =>
    Object.entries(metafile.inputs)
      .filter(([path]) => !path.includes('node_modules'))
      .filter(([, { imports }]) => imports.some(({ path }) => path.includes(part)))
      .map(([path]) => path);
  expect(importersOf('@vscode/webview-ui-toolkit')).toEqual(['webview/controls.ts']);
  const rooms = Object.keys(metafile.inputs).filter((path) => path.startsWith('src/'));
  expect(rooms.filter((path) => !/^src\/(common|protocol)\//.test(path))).toEqual([]);
});

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}
