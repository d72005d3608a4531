import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { FamiliarError } from '../../common/failure.ts';
import { maxDecisionFileBytes, readDecisions, writeDecisions } from './decisionFile.ts';
import { type ListedDecision, listDecisions } from './decisionList.ts';
import type { Outcome } from './decisions.ts';
import { exportDecisions, importDecisions, type NamedFolder } from './decisionTransfer.ts';
import type { FileRecord } from './fileTable.ts';
import type { LibraryChange } from './libraryChange.ts';
import type { LibraryStore } from './libraryStore.ts';
import type { ThumbnailCache } from './thumbnailCache.ts';

export interface DecisionServiceOptions {
  readonly store: LibraryStore;
  readonly thumbnails: ThumbnailCache;
  readonly folders: () => readonly NamedFolder[];
  /** The revision of the loaded models. */
  readonly modelRevision: string;
  readonly onChange: (change: LibraryChange) => void;
  /** These files must be processed again, by whoever indexes. */
  readonly processAgain: (files: readonly FileRecord[]) => void;
}

export interface ImportCounts {
  /** Decisions that hold now and did not before. */
  readonly made: number;
  /** Decisions that held already. */
  readonly known: number;
  /** Those, of all, about pictures that are not in the library: they wait for them. */
  readonly waiting: number;
}

/** What people decided in this library: to be listed, undone, and carried to another one. */
export class DecisionService {
  readonly #options: DecisionServiceOptions;

  constructor(options: DecisionServiceOptions) {
    this.#options = options;
  }

  /** Those that hold, the newest first. */
  list(): ListedDecision[] {
    return listDecisions(this.#options.store, this.#options.thumbnails);
  }

  /** Takes decisions back, all or none. @throws FamiliarError `query-unknown`. */
  undo(ids: readonly string[]): void {
    const { decisions } = this.#options.store;
    this.#decide(() => ids.map((id) => decisions.undo(id)));
  }

  /** Makes decisions hold again that were taken back, all or none. @throws as `undo`. */
  redo(ids: readonly string[]): void {
    const { decisions } = this.#options.store;
    this.#decide(() => ids.map((id) => decisions.redo(id)));
  }

  /**
   * Writes all decisions to a file that people and git can read; it appears whole or not at all.
   *
   * @returns how many
   */
  async export(path: string): Promise<number> {
    const { store, folders } = this.#options;
    const decisions = store.database.snapshot(() => exportDecisions(store, folders()));
    const temporary = `${path}.${randomUUID()}.tmp`;
    const file = await open(temporary, 'w');
    try {
      await file.writeFile([...writeDecisions(decisions)].join(''));
      await file.sync();
      await file.close();
      await rename(temporary, path);
    } catch (error) {
      await file.close();
      await rm(temporary, { force: true });
      throw error;
    }
    return decisions.length;
  }

  /** Makes the decisions of a file hold. @throws FamiliarError `argument`, `file-unreadable`. */
  async import(path: string): Promise<ImportCounts> {
    const { store, folders } = this.#options;
    const written = readDecisions(await readText(path));
    let counts: ImportCounts = { made: 0, known: 0, waiting: 0 };
    this.#decide(() => {
      const { outcomes, known, waiting } = importDecisions(store, folders(), written);
      counts = { made: outcomes.length, known, waiting };
      return outcomes;
    });
    this.#options.processAgain(this.#lackingAtPlaces());
    return counts;
  }

  /** Has faces embedded that were drawn, but not while these models and the picture were at hand. */
  embedDrawnFaces(): void {
    const { store, modelRevision, processAgain } = this.#options;
    const lacking = store.decisions.lacking(modelRevision);
    processAgain(lacking.flatMap((hash) => store.files.listByContent(hash)));
  }

  /** Files that were saved again since the decisions about them: their faces must be compared. */
  #lackingAtPlaces(): FileRecord[] {
    const { store, modelRevision } = this.#options;
    return store.decidedFaces
      .changedFiles()
      .flatMap((path) => store.files.find(path) ?? [])
      .filter(({ contentHash, folder, relativePath }) => {
        const image = store.images.findByContent(contentHash, modelRevision);
        const known = image === undefined ? undefined : store.images.stableIds(image.id);
        return store.decidedFaces
          .ofPlaces(contentHash, [{ folder, relativePath }])
          .some(({ stableId }) => known?.has(stableId) === false);
      });
  }

  #decide(decide: () => readonly Outcome[]): void {
    const outcomes = this.#options.store.database.transaction(decide);
    for (const { change } of outcomes) {
      this.#options.onChange(change);
    }
    this.embedDrawnFaces();
  }
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxDecisionFileBytes) {
      throw new FamiliarError('argument', `Expected a smaller file than ${size} bytes.`, {
        remedy: 'Choose a file that Export Decisions wrote.',
      });
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof FamiliarError) {
      throw error;
    }
    throw new FamiliarError('file-unreadable', `Expected a readable file at ${path}.`, {
      remedy: 'Check that it is there, and its permissions.',
      cause: error,
    });
  }
}
