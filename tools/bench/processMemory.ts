import { readFileSync } from 'node:fs';

/** What one process holds in memory at one moment, in megabytes. */
export interface ProcessMemory {
  /** All pages that lie in memory. */
  readonly residentMb: number;
  /** Pages of its own, which nothing but the swap could take back: the heap, vectors, caches. */
  readonly anonymousMb: number;
  /** Pages of index files; the system takes them back whenever somebody needs the memory. */
  readonly indexMb: number;
}

/** Reads Linux's figures of a process; elsewhere there are none. */
export function readProcessMemory(pid: number): ProcessMemory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return {
    residentMb: field(rollup, 'Rss'),
    anonymousMb: field(rollup, 'Anonymous'),
    indexMb: mappedMb(readFileSync(`/proc/${pid}/smaps`, 'utf8'), /\.annoy$/),
  };
}

/** The anonymous part alone, which is cheap enough to be asked for many times a second. */
export function readAnonymousMb(pid: number): number {
  return field(readFileSync(`/proc/${pid}/status`, 'utf8'), 'RssAnon');
}

function field(text: string, name: string): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  if (kib === undefined) {
    throw new Error(`Expected ${name} among the figures of a process but it is not there.`);
  }
  return (Number(kib) * 1024) / 1e6;
}

/** Resident pages of the mappings whose file has such a name. */
function mappedMb(smaps: string, name: RegExp): number {
  let isWanted = false;
  let sum = 0;
  for (const line of smaps.split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) {
      isWanted = name.test(line);
    } else if (isWanted && line.startsWith('Rss:')) {
      sum += field(line, 'Rss');
    }
  }
  return sum;
}
