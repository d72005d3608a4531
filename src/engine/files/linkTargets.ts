import { stat } from 'node:fs/promises';

/** How often the targets are looked at, in milliseconds. */
const checkIntervalMs = 2_000;
/** More links than this are seen by scans alone. */
const mostLinks = 5_000;

/**
 * Tells when the file that a link leads to is written: the system tells the target's name, which may
 * lie in a folder that nobody watches, and never the link's.
 */
export class LinkTargets {
  readonly #onTouched: (path: string) => void;
  /** Link → what was seen of its target. */
  #known = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #isChecking = false;

  constructor(onTouched: (path: string) => void) {
    this.#onTouched = onTouched;
  }

  /** Looks after these links from now on, and no others. */
  async follow(paths: readonly string[]): Promise<void> {
    const before = this.#known;
    const followed = paths.slice(0, mostLinks);
    const seen = await Promise.all(
      followed.map(async (path) => [path, before.get(path) ?? (await stampOf(path))] as const),
    );
    this.#known = new Map(seen);
    this.close();
    if (this.#known.size > 0) {
      this.#timer = setInterval(() => void this.#check(), checkIntervalMs).unref();
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    // A share that does not answer holds a check up for minutes.
    if (this.#isChecking) {
      return;
    }
    this.#isChecking = true;
    const known = this.#known;
    for (const [path, before] of known) {
      const now = await stampOf(path);
      if (now !== before && known === this.#known) {
        known.set(path, now);
        this.#onTouched(path);
      }
    }
    this.#isChecking = false;
  }
}

/** Changes when the target does; empty where there is none. */
async function stampOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
    return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
  } catch {
    return '';
  }
}
