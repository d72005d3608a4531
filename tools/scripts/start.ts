// npm start [-- FOLDER] [--terminal] [--port N]: opens a folder in VS Code with the extension, the
// sample library where none is given, after a first search in the terminal. With --terminal
// that search is all, and the command ends by itself.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/common/failure.ts';
import { generateSample } from '../sample/generateSample.ts';
import { buildNative } from './native.ts';
import { openVsCode } from './openVsCode.ts';
import { searchInTerminal } from './terminalSearch.ts';

const cache = join(fileURLToPath(new URL('../..', import.meta.url)), '.cache');

async function sampleLibrary(): Promise<string> {
  const folder = join(cache, 'sample');
  if (!existsSync(join(folder, 'ground-truth.json'))) {
    process.stdout.write('Drawing the sample library …\n');
    await generateSample({ folder, characters: 12, images: 120, seed: 1 });
  }
  return folder;
}

/** The folder and options of the command line; `folder` is absent for the sample library. */
function readArguments() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { terminal: { type: 'boolean', default: false }, port: { type: 'string' } },
  });
  const [folder] = positionals;
  const port = values.port === undefined ? undefined : Number(values.port);
  if (positionals.length > 1 || (port !== undefined && !(port > 0 && port < 65_536))) {
    throw new Error('Expected: npm start [-- FOLDER] [--terminal] [--port N]');
  }
  if (folder !== undefined && !existsSync(folder)) {
    throw new Error(`Expected a folder but "${folder}" does not exist.`);
  }
  return { terminal: values.terminal, port, folder: folder && resolve(folder) };
}

async function start(): Promise<void> {
  const { terminal, port, folder } = readArguments();
  buildNative();
  await mkdir(cache, { recursive: true });
  const page = join(cache, 'search.html');
  const shown = folder ?? (await sampleLibrary());
  const sample = folder === undefined ? { storage: join(cache, 'library') } : {};
  // A folder of one's own may take long: VS Code shows it while it is indexed.
  if (terminal || folder === undefined) {
    await searchInTerminal({ folder: shown, page, ...sample });
  }
  if (terminal) {
    return;
  }
  const problem = await openVsCode({ folder: shown, ...(port === undefined ? {} : { port }) });
  if (problem !== null) {
    process.stderr.write(`VS Code cannot be opened here: ${problem}\n`);
    if (folder !== undefined) {
      process.stderr.write('Searching in the terminal instead.\n');
      await searchInTerminal({ folder, page });
    }
  }
}

try {
  await start();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}
