// npm run test:desktop: proves that the packaged extension works in the VS Code of this desktop, which
// is Electron. It is installed into a fresh profile and indexes and searches the sample library; what
// came of it is read from *Diagnose*, from the log and from the library.
// CODE names another command than `code`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { glibMessage } from '../../test/desktop/support/preloads.ts';
import { bundleSuite } from '../../test/e2e/harness/bundleSuite.ts';
import { generateSample, type SampleImage } from '../sample/generateSample.ts';
import { root } from './build.ts';
import { findDesktopCode, makeProfile, needsShell } from './desktopCode.ts';
import { packageExtension } from './package.ts';

/** The whole run in VS Code; it only ends what hangs. */
const limitMs = 15 * 60_000;

const suiteEntry = fileURLToPath(new URL('../../test/e2e/inside/desktopSuite.ts', import.meta.url));

interface Place {
  readonly home: string;
  readonly folder: string;
  readonly suite: string;
}

/** What the suite writes. */
type Outcome = { readonly report: string } | { readonly failure: string };

/** Opens the folder in VS Code and waits for what the suite inside says. */
async function runInside(code: string, profile: readonly string[], place: Place): Promise<string> {
  const { folder, suite } = place;
  const tests = [
    ...['--extensionDevelopmentPath', suite],
    ...['--extensionTestsPath', join(suite, 'index.js')],
  ];
  // The command ends before the window does, or not, as the platform has it.
  spawn(code, [...profile, ...tests, '--new-window', folder], {
    stdio: 'inherit',
    shell: needsShell,
  });
  const file = join(suite, 'outcome.json');
  for (const end = Date.now() + limitMs; !existsSync(file); await delay(1_000)) {
    if (Date.now() > end) {
      throw new Error(`Expected VS Code to run the suite in ${suite} but nothing came of it.`);
    }
    if (!existsSync(join(suite, 'indexed')) && (await isIndexed(place))) {
      await writeFile(join(suite, 'indexed'), '');
    }
  }
  const outcome = JSON.parse(await readFile(file, 'utf8')) as Outcome;
  if ('failure' in outcome) {
    throw new Error(outcome.failure);
  }
  return outcome.report;
}

async function isIndexed(place: Place): Promise<boolean> {
  const storage = await findStorage(place);
  const truth = JSON.parse(await readFile(join(place.folder, 'ground-truth.json'), 'utf8'));
  const images = (truth.images ?? truth).length;
  return storage !== null && ask(place, storage, 'stats')?.images === images;
}

/** Where the extension keeps the library; null as long as there is none. */
async function findStorage({ home }: Place): Promise<string | null> {
  const workspaces = join(home, 'data', 'User', 'workspaceStorage');
  const found = await readdir(workspaces, { recursive: true }).catch(() => []);
  const database = found.find((file) => basename(file) === 'library.sqlite');
  return database === undefined ? null : join(workspaces, database, '..');
}

/** Asks the library through the command line, which may read while the extension writes. */
function ask({ folder }: Place, storage: string, ...args: string[]) {
  const cli = join(root, 'dist', 'cli.js');
  const command = [cli, ...args, '--folder', folder, '--storage', storage, '--json'];
  const { status, stdout } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

async function readLog({ home }: Place): Promise<string> {
  const logs = join(home, 'data', 'logs');
  const files = await readdir(logs, { recursive: true });
  const own = files.filter((file) => basename(file) === 'Familiar Faces.log');
  return (await Promise.all(own.map((file) => readFile(join(logs, file), 'utf8')))).join('\n');
}

/** @returns what is wrong; nothing is good */
function judge(report: string, log: string): string[] {
  const checks: readonly [boolean, string][] = [
    [report.includes('Everything works.'), '*Diagnose* names a failure.'],
    [report.includes("VS Code's own:"), 'The engine does not run on the runtime of VS Code.'],
    [/Engine started as process/.test(log), 'The log has no start of the engine.'],
    [!glibMessage.test(log), 'The log has messages of GLib.'],
    [!/ended unexpectedly|does not run the engine/.test(log), 'The engine has ended.'],
  ];
  return checks.flatMap(([isGood, problem]) => (isGood ? [] : [problem]));
}

function judgeSearch(place: Place, storage: string, truth: readonly SampleImage[]): string[] {
  const portrait = truth.find(({ faces }) => faces.length === 1);
  const character = portrait?.faces[0]?.character;
  const answer = ask(place, storage, 'similar', join(place.folder, portrait?.file ?? ''));
  const best: unknown = answer?.results?.[0]?.relativePath;
  const shown = truth.find(({ file }) => file === best)?.faces.map((face) => face.character);
  return shown?.includes(character ?? '') ? [] : [`The search found ${String(best)} first.`];
}

async function testDesktop(code: string): Promise<boolean> {
  const { path } = await packageExtension();
  const home = await mkdtemp(join(tmpdir(), 'familiar-faces-desktop-'));
  const folder = join(home, 'art');
  const truth = await generateSample({ folder, images: 40, characters: 5, seed: 3 });
  const suite = await bundleSuite(suiteEntry, join(home, 'suite'));
  const place = { home, folder, suite };
  const report = await runInside(code, await makeProfile(code, home, path), place);
  const log = await readLog(place);
  const storage = await findStorage(place);
  const problems = [
    ...judge(report.replaceAll('\\', ''), log),
    ...(storage === null ? ['There is no library.'] : judgeSearch(place, storage, truth)),
  ];
  process.stdout.write(`${report}\n${problems.length === 0 ? '' : log}\n`);
  for (const problem of problems) {
    process.stdout.write(`FAILED: ${problem}\n`);
  }
  if (problems.length === 0) {
    process.stdout.write('The extension works in the VS Code of this desktop.\n');
    await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 500 });
  }
  return problems.length === 0;
}

const code = process.env['CODE'] ?? findDesktopCode();
if (code === undefined) {
  process.stderr.write(
    'Expected the command "code" and a display but found none. Install VS Code with its command, or set CODE; without a screen use "xvfb-run -a npm run test:desktop".\n',
  );
  process.exitCode = 1;
} else {
  process.exitCode = (await testDesktop(code)) ? 0 : 1;
}
