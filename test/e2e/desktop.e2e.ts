import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { root } from '../../tools/scripts/build.ts';
import { glibMessage, isInstalled, preloadOf } from '../desktop/support/preloads.ts';
import { largestDifference, readVectors } from '../desktop/support/vectors.ts';
import { readProc } from '../support/readProc.ts';
import { findEngine } from './harness/engineProcess.ts';
import { Fixture } from './harness/fixture.ts';

// The engine runs on a Node.js that the setting names, with the libraries of a Linux desktop mapped
// into it, as Electron has them.
const preload = 'another heap and GTK';
const tools = await mkdtemp(join(tmpdir(), 'familiar-faces-desktop-'));
const runtime = join(tools, 'node');
const script = `#!/bin/sh
echo "$@" >> '${tools}/starts'
export LD_PRELOAD='${preloadOf(preload)}'
exec '${process.execPath}' "$@" 2>> '${tools}/errors'
`;
await writeFile(runtime, script, { mode: 0o755 });

describe.runIf(isInstalled(preload))('with the libraries of a desktop in its process', () => {
  const fixture = new Fixture({
    images: 40,
    characters: 5,
    machineSettings: { 'familiarFaces.runtime': runtime },
  });
  afterAll(() => rm(tools, { recursive: true }));

  test('the workspace is indexed and searched', async () => {
    fixture.watch('desktop');
    const { workbench } = fixture;
    await workbench.indexed();
    const { file, faces } = fixture.portrait(0);
    const row = await workbench.revealInExplorer(file);
    await row.click({ button: 'right' });
    await workbench.chooseFromMenu('Find Similar Characters');
    await workbench.sidebar.locator('[role=gridcell][data-image-id]').first().waitFor();
    for (const name of (await workbench.results(workbench.sidebar)).slice(0, 4)) {
      expect(fixture.charactersOf(name)).toContain(faces[0]?.character);
    }
  });

  test('the engine was started once, has them mapped, and GLib says nothing', async () => {
    const starts = (await readFile(join(tools, 'starts'), 'utf8')).match(/engine\.js/g);
    expect(starts).toHaveLength(1);
    const engine = await findEngine(fixture.server);
    expect(await readProc(`${engine}/maps`)).toContain('libgtk-3.so');
    expect(await readFile(join(tools, 'errors'), 'utf8')).not.toMatch(glibMessage);
  });

  test('the vectors are those of a process without them', async () => {
    const storage = join(tools, 'library');
    const place = ['--folder', fixture.folder, '--storage', storage, '--provider', 'cpu'];
    await promisify(execFile)(process.execPath, [join(root, 'dist', 'cli.js'), 'index', ...place]);
    const difference = largestDifference(
      readVectors(storage),
      readVectors(await fixture.storage()),
    );
    expect(difference).toBeLessThan(1e-3);
  });
});
