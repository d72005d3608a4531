// The door to every npm script: installs what is missing, then runs `scripts/<name>.ts` on
// Node 24, the Node that VS Code has. It must itself run on Node 20 with nothing installed, so
// it is plain JavaScript without dependencies.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const stampFile = join(root, 'node_modules', '.familiar-faces-setup');
const node24 = join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);

/** What the installed packages were made from; another lock file or machine means another install. */
function wantedStamp() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  return `${hash} ${process.platform}-${process.arch}\n`;
}

function npm(args, why) {
  process.stderr.write(`${why} …\n`);
  // npm's reports go to stderr so that `--json` output of our own commands stays clean.
  const result = spawnSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    process.stderr.write(
      `Expected "npm ${args.join(' ')}" to succeed but it ended with ${result.error?.message ?? `status ${result.status}`}.\n` +
        'Check that npm works and that its registry can be reached, then run the same command again.\n',
    );
    process.exit(1);
  }
}

function install() {
  const stamp = wantedStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp && existsSync(node24)) {
    return;
  }
  // Not `npm ci`: it refuses a lock file in which an optional package for another platform is
  // missing, as it is where a registry does not have all of them. Versions are exact either way.
  npm(
    ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    'Installing packages',
  );
  // The package `node` fetches the binary for this platform, another npm package, in its own
  // install script; all other install scripts stay off (.npmrc).
  npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'], 'Installing Node 24');
  writeFileSync(stampFile, stamp);
}

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  process.stderr.write(
    `Expected Node 20 or newer but received ${process.version}. Install a newer Node.\n`,
  );
  process.exit(1);
}
install();

const [name, ...args] = process.argv.slice(2);
const script = join(root, 'tools', 'scripts', `${name}.ts`);
const child = spawn(node24, ['--disable-warning=ExperimentalWarning', script, ...args], {
  stdio: 'inherit',
  env: {
    // As the extension host starts its engine (src/host/client/engineProcess.ts).
    UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism() + 2)),
    ...process.env,
    PATH: `${dirname(node24)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH ?? ''}`,
  },
});
// A terminal sends Ctrl-C to the child as well, which ends in its own time with its own exit
// code; this process only waits. A signal sent to this process alone is passed on.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
});
