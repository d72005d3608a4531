import { readdir, readFile } from 'node:fs/promises';
import type { VsCodeServer } from '../../../scripts/vscodeServer.ts';

/**
 * Process id of the engine below this server, whatever other windows of the machine run.
 * Undefined while there is none, as in the moment after it was killed.
 */
export async function findEngine(server: VsCodeServer): Promise<number | undefined> {
  const entries = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const name of entries) {
    const pid = Number(name);
    if ((await isEngine(pid)) && (await isBelow(pid, server.pid))) {
      return pid;
    }
  }
  return undefined;
}

async function isEngine(pid: number): Promise<boolean> {
  const command = await readProcess(pid, 'cmdline');
  return /familiar-faces\.familiar-faces[^\0]*engine\.js/.test(command);
}

async function isBelow(pid: number, ancestor: number): Promise<boolean> {
  for (let current = pid; current > 1; ) {
    if (current === ancestor) {
      return true;
    }
    // The name in parentheses may hold anything; the parent is the second field after it.
    const fields = (await readProcess(current, 'stat')).replace(/^.*\)/s, '').trim().split(' ');
    current = Number(fields[1] ?? 0);
  }
  return false;
}

async function readProcess(pid: number, file: string): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It ended while we looked.
    return '';
  }
}
