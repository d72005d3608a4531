import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestServer } from './postgresServer.ts';

const run = promisify(execFile);

/** Where Debian puts PostgreSQL: programs and extensions, by version. */
const programs = '/usr/lib/postgresql';
const extensions = '/usr/share/postgresql';

/** The folder of the newest installed server's programs; null where none has pgvector. */
export function installedPostgres(): string | null {
  const versions = existsSync(programs) ? readdirSync(programs) : [];
  const usable = versions.filter(
    (version) =>
      existsSync(join(programs, version, 'bin', 'initdb')) &&
      existsSync(join(extensions, version, 'extension', 'vector.control')),
  );
  const newest = usable.sort((a, b) => Number(a) - Number(b)).at(-1);
  return newest === undefined ? null : join(programs, newest, 'bin');
}

/** PostgreSQL refuses to run as root; Debian's package brings a user for it. */
function serverUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) {
    return {};
  }
  const idOf = (which: string) =>
    Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** Starts a server that keeps nothing, on a socket in a folder of its own. */
export async function startCluster(bin: string): Promise<TestServer> {
  // Not the usual folder for temporary files: the path of a socket has at most 107 bytes.
  const folder = await mkdtemp('/tmp/postgres-');
  const user = serverUser();
  if (user.uid !== undefined && user.gid !== undefined) {
    await chown(folder, user.uid, user.gid);
  }
  const data = join(folder, 'data');
  const options = { ...user, cwd: folder };
  const control = (...args: string[]) =>
    run(join(bin, 'pg_ctl'), ['-D', data, '-w', '-l', join(folder, 'log'), ...args], options);
  await run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    options,
  );
  const settings = `-c listen_addresses= -c unix_socket_directories=${folder} -c fsync=off`;
  await control('-o', settings, 'start');
  return {
    url: `postgres://postgres@${encodeURIComponent(folder)}/postgres`,
    stop: async () => {
      await control('-m', 'immediate', 'stop');
      await rm(folder, { recursive: true });
    },
  };
}
