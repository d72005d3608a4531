import { readdir } from 'node:fs/promises';
import type { VsCodeServer } from '../../../tools/scripts/vscodeServer.ts';
import { readProc } from '../../support/readProc.ts';

const engine = /familiar-faces\.familiar-faces[^\0]*engine\.js/;
const extensionHost = /\0--type=extensionHost(\0|$)/;

/**
 * Process id of the engine below this server, whatever other windows of the machine run.
 * Undefined while there is none, as in the moment after it was killed.
 */
export async function findEngine(server: VsCodeServer): Promise<number | undefined> {
  return (await findBelow(server, engine))[0];
}

/** Process ids of the engines of all windows of this server. */
export function findEngines(server: VsCodeServer): Promise<number[]> {
  return findBelow(server, engine);
}

/** Process ids of the extension hosts, one for each window. */
export function findExtensionHosts(server: VsCodeServer): Promise<number[]> {
  return findBelow(server, extensionHost);
}

/** Process id of the process that started this one. */
export async function parentOf(pid: number): Promise<number> {
  return Number(statFields(await readProc(`${pid}/stat`))[1] ?? 0);
}

/** Seconds of processor time that a process has taken so far. */
export async function processorSeconds(pid: number): Promise<number> {
  const fields = statFields(await readProc(`${pid}/stat`));
  // `utime` and `stime`, in ticks of which Linux counts a hundred a second (proc_pid_stat(5)).
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Processes below this server whose command line, separated by zeros, has the pattern. */
async function findBelow(server: VsCodeServer, pattern: RegExp): Promise<number[]> {
  const found: number[] = [];
  for (const name of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const pid = Number(name);
    if (pattern.test(await readProc(`${pid}/cmdline`)) && (await isBelow(pid, server.pid))) {
      found.push(pid);
    }
  }
  return found;
}

async function isBelow(pid: number, ancestor: number): Promise<boolean> {
  for (let current = pid; current > 1; ) {
    if (current === ancestor) {
      return true;
    }
    current = await parentOf(current);
  }
  return false;
}

/** From the state on: the name before it, in parentheses, may hold anything. */
function statFields(stat: string): string[] {
  return stat.replace(/^.*\)/s, '').trim().split(' ');
}
