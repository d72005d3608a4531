import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FamiliarError } from '../../../src/common/failure.ts';
import { openBytes } from '../../../src/engine/imaging/sharp.ts';
import { exportFormats } from '../../../src/protocol/engineProtocol.ts';
import type { Random } from '../../../tools/sample/random.ts';
import type { EngineProcess } from '../support/engineProcess.ts';

const leastFiles = 40;
const mostFiles = 80;
/** Not the broken ones: edits and questions would soon meet little else. */
const picture = /^(?!broken).*\.(png|jpe?g|webp|avif)$/;

/** What people and tools do to an asset folder all day, and what they ask meanwhile. */
export class RandomWork {
  readonly counts = new Map<string, number>();
  readonly #engine: EngineProcess;
  readonly #folder: string;
  readonly #random: Random;
  #serial = 0;

  constructor(engine: EngineProcess, folder: string, random: Random) {
    this.#engine = engine;
    this.#folder = folder;
    this.#random = random;
  }

  /** One edit and some questions. */
  async step(): Promise<void> {
    const files = (await readdir(this.#folder, { recursive: true })).filter((name) =>
      picture.test(name),
    );
    await this.#edit(files);
    for (let asked = this.#random.integer(1, 6); asked > 0; asked--) {
      await this.#query(this.#random.pick(files as [string]));
    }
    if (this.#random.next() < 0.05) {
      await this.#rare();
    }
  }

  async #edit(files: readonly string[]): Promise<void> {
    const file = this.#random.pick(files as [string]);
    const kinds = ['change', 'rename', 'damage'] as string[];
    kinds.push(...(files.length < mostFiles ? ['add', 'copy'] : []));
    kinds.push(...(files.length > leastFiles ? ['delete', 'delete'] : []));
    const kind = this.#random.pick(kinds as [string]);
    const path = join(this.#folder, file);
    const fresh = join(dirname(path), `new ${this.#serial++}.png`);
    this.#count(kind);
    switch (kind) {
      case 'add':
        return writeFile(fresh, await this.#variant(path));
      case 'change':
        return writeFile(path, await this.#variant(path));
      case 'damage':
        return writeFile(
          join(this.#folder, `broken ${this.#random.integer(0, 4)}.png`),
          `no picture ${this.#serial}`,
        );
      case 'copy':
        return copyFile(path, fresh);
      case 'rename': {
        const folder = join(this.#folder, `moved ${this.#random.integer(0, 5)}`);
        await mkdir(folder, { recursive: true });
        return rename(
          path,
          join(folder, `${this.#serial}-${file.replaceAll(/[\\/]/g, '-').slice(-40)}`),
        );
      }
      default:
        return rm(path);
    }
  }

  /** Another content that looks alike; of a file that is none any more, the file itself. */
  async #variant(path: string): Promise<Uint8Array> {
    const bytes = await readFile(path);
    try {
      return await openBytes(bytes)
        .modulate({
          hue: this.#random.integer(-20, 20),
          brightness: this.#random.between(0.9, 1.1),
        })
        .png({ compressionLevel: 1 })
        .toBuffer();
    } catch {
      return bytes;
    }
  }

  async #query(file: string): Promise<void> {
    try {
      const source = { kind: 'path' as const, path: join(this.#folder, file) };
      const { queryId, faces } = await this.#engine.request('query/open', { source });
      const faceIds = faces.slice(0, 2).map(({ id }) => id);
      for (const weight of [0, 0.7, 1]) {
        const params = { queries: [{ queryId, faceIds }], weight, offset: 0, limit: 50 };
        await this.#engine.request('query/similar', params);
      }
      this.#count('query');
    } catch (error) {
      // The file has just been renamed, or is none that can be read: it has to say so.
      if (!(error instanceof FamiliarError) || error.code === 'internal') {
        throw error;
      }
      this.#count(`query: ${error.code}`);
    }
  }

  async #rare(): Promise<void> {
    const format = this.#random.pick(exportFormats);
    const path = join(dirname(this.#folder), `map.${format}`);
    await this.#engine.request('export', { format, path });
    await this.#engine.request('doctor', null);
    if (this.#random.next() < 0.2) {
      await this.#engine.request('index/start', { force: true });
      this.#count('force');
    }
    this.#count('export');
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}
