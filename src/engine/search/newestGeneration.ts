import { isDeepStrictEqual } from 'node:util';
import type { AnnoyModule } from '../../native/annoy.ts';
import {
  type Generation,
  type GenerationManifest,
  loadGeneration,
  readManifest,
  type Space,
} from './generation.ts';

/** Looks for the generation that the manifest names, and reads its files only where they are new. */
export class NewestGeneration {
  readonly #space: Space;
  readonly #annoy: AnnoyModule;
  readonly #log: (message: string) => void;
  /** Its files were not what it says: they are not read again until it names others. */
  #refused: GenerationManifest | undefined;

  constructor(space: Space, annoy: AnnoyModule, log: (message: string) => void) {
    this.#space = space;
    this.#annoy = annoy;
    this.#log = log;
  }

  /**
   * @returns the loaded generation itself for as long as the manifest names it, and where there is
   * no newer one that can be loaded: the vectors in it are as they were, whatever is on disk.
   */
  async find(loaded: Generation | undefined): Promise<Generation | undefined> {
    for (;;) {
      let manifest: GenerationManifest | undefined;
      try {
        manifest = await readManifest(this.#space);
        const known = [undefined, loaded?.manifest, this.#refused];
        if (manifest === undefined || known.some((one) => isDeepStrictEqual(manifest, one))) {
          return loaded;
        }
        return await loadGeneration(this.#space, manifest, this.#annoy);
      } catch (error) {
        this.#log(`An index file is not used: ${String(error)}`);
        if (manifest === undefined) {
          return loaded;
        }
        // A build may have named the next one meanwhile, and deleted the files of this one.
        this.#refused = manifest;
      }
    }
  }
}
