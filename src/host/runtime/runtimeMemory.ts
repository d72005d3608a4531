import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { arch, hostname, platform } from 'node:os';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Runtime } from './runtime.ts';

/** One file serves all versions that ever ran here: the oldest entries go. */
const maxEntries = 50;

const memorySchema = z.array(z.strictObject({ key: z.string(), reason: z.string() }));
type Entry = z.infer<typeof memorySchema>[number];

/**
 * Which runtimes have failed on this machine, in a file of the extension's own storage: VS Code's
 * memory of settings would belong to the person's own machine, also for a window on another one.
 */
export class RuntimeMemory {
  readonly #file: string;
  readonly #extensionVersion: string;

  /** @param file absolute path; written by all windows, the last one wins */
  constructor(file: string, extensionVersion: string) {
    this.#file = file;
    this.#extensionVersion = extensionVersion;
  }

  /** Why the runtime has failed with this version of the extension; null where it has not. */
  async reasonAgainst(runtime: Runtime): Promise<string | null> {
    const key = this.#keyOf(runtime);
    return (await this.#read()).find((entry) => entry.key === key)?.reason ?? null;
  }

  async remember(runtime: Runtime, reason: string): Promise<void> {
    const key = this.#keyOf(runtime);
    const others = (await this.#read()).filter((entry) => entry.key !== key);
    const entries = [...others, { key, reason }].slice(-maxEntries);
    await mkdir(dirname(this.#file), { recursive: true });
    const temporary = `${this.#file}.${process.pid}`;
    await writeFile(temporary, JSON.stringify(entries, null, 2));
    await rename(temporary, this.#file);
  }

  /** Every runtime is tried again. */
  async forget(): Promise<void> {
    await rm(this.#file, { force: true });
  }

  /** A home folder may be shared by machines, and another version may mend what failed. */
  #keyOf({ executable, node, electron }: Runtime): string {
    const machine = `${hostname()} ${platform()}-${arch()}`;
    return [machine, this.#extensionVersion, node, electron ?? 'no Electron', executable].join(' ');
  }

  /** Nothing is known where the file is missing or damaged: the self-test finds out again. */
  async #read(): Promise<Entry[]> {
    try {
      return memorySchema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
    } catch {
      return [];
    }
  }
}
