import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isBelow } from './isBelow.ts';
import { inheritedIgnoreFiles } from './repositoryRules.ts';

/** How often folders are looked after, in milliseconds. */
const checkIntervalMs = 1_000;

/**
 * Tells when a folder goes away, comes back or is replaced: a drive, a share, a worktree. No event
 * of the system says so, and watches on what was there before stay silent for good. Ignore files
 * above a folder, which no watch covers either, are looked after on the way.
 */
export class FolderPresence {
  readonly #paths: readonly string[];
  readonly #onChange: () => void;
  readonly #known = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #isChecking = false;

  constructor(paths: readonly string[], onChange: () => void) {
    this.#paths = paths;
    this.#onChange = onChange;
  }

  async start(): Promise<void> {
    await this.#check();
    this.#timer = setInterval(() => void this.#checkAgain(), checkIntervalMs).unref();
  }

  /** The watch on a folder has ended: the next check takes it for changed, however short it was away. */
  forget(path: string): void {
    this.#known.delete(path);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #checkAgain(): Promise<void> {
    // A share that does not answer holds a check up for minutes.
    if (this.#isChecking) {
      return;
    }
    this.#isChecking = true;
    try {
      if ((await this.#check()) && this.#timer !== undefined) {
        this.#onChange();
      }
    } finally {
      this.#isChecking = false;
    }
  }

  /** Whether anything differs from the last check. */
  async #check(): Promise<boolean> {
    let isChanged = false;
    for (const path of this.#paths) {
      const state = [
        await folderIdentity(path),
        ...(await listMounts(path)).map((mount) => `${mount.path} ${mount.id}`),
        ...(await stampsOf(await inheritedIgnoreFiles(path))),
      ].join('\n');
      isChanged ||= this.#known.get(path) !== state;
      this.#known.set(path, state);
    }
    return isChanged;
  }
}

/** Device and file number of a folder; empty where there is none. */
export async function folderIdentity(path: string): Promise<string> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return '';
  }
}

interface Mount {
  readonly path: string;
  /** Another one for each time that something is mounted. */
  readonly id: string;
}

/** Where drives and shares are mounted below a folder; elsewhere than on Linux none are known. */
export async function listMounts(folder: string): Promise<Mount[]> {
  const start = resolve(folder);
  try {
    const text = await readFile('/proc/self/mountinfo', 'utf8');
    return text.split('\n').flatMap((line) => {
      const [id, , device, , point = ''] = line.split(' ');
      const path = decodeMountPath(point);
      return isBelow(path, start) ? [{ path, id: `${id} ${device}` }] : [];
    });
  } catch {
    return [];
  }
}

/** The kernel writes spaces and the like as three octal digits. */
function decodeMountPath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

async function stampsOf(paths: readonly string[]): Promise<string[]> {
  return Promise.all(
    paths.map(async (path) => {
      try {
        const { mtimeMs, size } = await stat(path);
        return `${path} ${mtimeMs} ${size}`;
      } catch {
        return path;
      }
    }),
  );
}
