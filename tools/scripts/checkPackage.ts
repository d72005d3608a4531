import { createWriteStream } from 'node:fs';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import yauzl from 'yauzl';
import { describeCheck } from '../../src/cli/describeCheck.ts';
import { defaultSettings } from '../../src/common/settings.ts';
import { EngineClient } from '../../src/host/client/engineClient.ts';
import { generateSample } from '../sample/generateSample.ts';
import { languages } from './texts.ts';

/**
 * Proves that a packaged extension, not the source tree, works on this machine: unpacks it
 * elsewhere, runs its engine on a few drawn pictures, and has it collectDiagnostics itself.
 * @throws when anything in it does not work
 */
export async function checkPackage(vsix: string): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'familiar-faces-package-'));
  try {
    await unpack(vsix, home);
    await expectTranslations(join(home, 'extension'));
    await tryEngine(join(home, 'extension'), home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function unpack(vsix: string, folder: string): Promise<void> {
  const zip = await yauzl.openPromise(vsix);
  for await (const entry of zip.eachEntry()) {
    // The library refuses names that lead out of the folder.
    const path = join(folder, entry.fileName);
    if (!entry.fileName.endsWith('/')) {
      await mkdir(dirname(path), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path));
    }
  }
}

/** @throws when a language, or the English that it is a translation of, was not packed */
async function expectTranslations(extension: string): Promise<void> {
  for (const ending of ['.json', ...languages.map((language) => `.${language}.json`)]) {
    await access(join(extension, `package.nls${ending}`));
    await access(join(extension, 'l10n', `bundle.l10n${ending}`));
  }
}

const drawing =
  '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><circle cx="32" cy="32" r="20"/></svg>';

/** Indexes the pictures with the unpacked engine; what it says goes to the terminal. */
async function tryEngine(extension: string, home: string): Promise<void> {
  const folder = join(home, 'art');
  const images = await generateSample({ folder, images: 8, characters: 2, seed: 5 });
  // Drawn by a process of its own, which is packed as well.
  await writeFile(join(folder, 'drawing.svg'), drawing);
  const expected = images.length + 1;
  const say = (message: string) => process.stderr.write(`${message}\n`);
  const client = new EngineClient({
    entry: join(extension, 'dist', 'engine.js'),
    log: { debug: say, info: say, warn: say, error: say },
    initializeParams: () => ({
      protocolVersion: 1,
      storageFolder: join(home, 'library'),
      folders: [{ id: folder, name: 'art', path: folder }],
      settings: defaultSettings,
      watch: false,
      autoStart: false,
    }),
  });
  try {
    await client.request('index/start', { force: false });
    while ((await client.request('progress', null)).phase !== 'idle') {
      await delay(200);
    }
    const { ok, checks } = await client.request('doctor', null);
    for (const check of checks) {
      say(describeCheck(check));
    }
    const stats = await client.request('stats', null);
    say(`${stats.images} of ${expected} images, ${stats.faces} faces, ${stats.search} search`);
    if (!ok || stats.images !== expected || stats.faces === 0) {
      throw new Error('Expected the packaged engine to index all pictures but it did not.');
    }
  } finally {
    await client.dispose();
  }
}
