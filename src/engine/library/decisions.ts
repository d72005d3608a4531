import { FamiliarError } from '../../common/failure.ts';
import type { Database } from './database.ts';
import type { DecidedFaceTable } from './decidedFaceTable.ts';
import { type Decision, DecisionTable, isDecided } from './decisionTable.ts';
import type { FaceRecord, ImageRecord, ImageTable, NewFace } from './imageTable.ts';
import { type LibraryChange, noRows } from './libraryChange.ts';
import type { SearchReader } from './searchReader.ts';

export interface Outcome {
  readonly decision: Decision;
  readonly change: LibraryChange;
}

/** A face of which something is decided; its box is in pixels of the upright image. */
type DecidedOn = Pick<FaceRecord, 'stableId' | 'source' | 'box'>;

const nothingChanged: LibraryChange = { removed: noRows, added: [] };

/**
 * Makes decisions of people, takes them back and makes them hold again: the journal and what it
 * does to the stored faces, in one transaction each. *Not the Same Character* changes no face; a
 * search asks the journal for it.
 */
export class Decisions {
  readonly table: DecisionTable;
  readonly #database: Database;
  readonly #images: ImageTable;
  readonly #decidedFaces: DecidedFaceTable;
  readonly #matches: SearchReader;

  constructor(parts: {
    readonly database: Database;
    readonly images: ImageTable;
    readonly decidedFaces: DecidedFaceTable;
    readonly matches: SearchReader;
  }) {
    this.#database = parts.database;
    this.#images = parts.images;
    this.#decidedFaces = parts.decidedFaces;
    this.#matches = parts.matches;
    this.table = new DecisionTable(parts.database);
  }

  /** A person drew a face on a stored image. */
  drawFace(image: ImageRecord, face: NewFace): Outcome & { readonly faceId: number } {
    return this.#database.transaction(() => {
      const faceId = this.#images.addFace(image.id, face);
      this.#decidedFaces.add({ ...face, stableId: faceId }, image);
      const decision = this.table.add({ kind: 'draw-face', faces: [faceId] });
      return { decision, change: this.#added([image.id]), faceId };
    });
  }

  /** A person said that this is no face. A drawn one goes with the decision that drew it. */
  removeFace(image: ImageRecord, face: DecidedOn): Outcome {
    return this.#database.transaction(() => {
      const [drawing] = this.table.listFor('draw-face', face.stableId);
      if (drawing !== undefined) {
        return this.undo(drawing.id);
      }
      this.#decidedFaces.add(face, image);
      const decision = this.table.add({ kind: 'remove-face', faces: [face.stableId] });
      return { decision, change: this.#setAside(decision) };
    });
  }

  /** A person said that two faces show different characters. */
  reject(
    query: { readonly face: DecidedOn; readonly image: ImageRecord | undefined },
    result: { readonly face: DecidedOn; readonly image: ImageRecord | undefined },
  ): Outcome {
    return this.#database.transaction(() => {
      for (const { face, image } of [query, result]) {
        if (image !== undefined) {
          this.#decidedFaces.add(face, image);
        }
      }
      const faces = [query.face.stableId, result.face.stableId];
      const decision = this.table.add({ kind: 'not-same', faces });
      return { decision, change: nothingChanged };
    });
  }

  /** Takes over a decision of another library, which gave it its id. */
  takeOver(made: Omit<Decision, 'isUndone'>): Outcome | undefined {
    return this.#database.transaction(() => {
      if (this.table.findHolding(made) !== undefined) {
        return undefined;
      }
      const decision = this.table.insert(made);
      return { decision, change: this.#takeEffect(decision) };
    });
  }

  /** Takes a decision back. @throws FamiliarError `query-unknown` where there is none of that id. */
  undo(id: string): Outcome {
    return this.#setUndone(id, true);
  }

  /** Makes a decision hold again that was taken back. @throws as `undo`. */
  redo(id: string): Outcome {
    return this.#setUndone(id, false);
  }

  /**
   * Content hashes of images that lack a face which was drawn on them, because there was no vector
   * of it when the drawing was made to hold: they must be processed again.
   */
  lacking(modelRevision: string): string[] {
    return this.#database
      .tuples(
        `SELECT DISTINCT image.content_hash FROM decided_face JOIN image USING (content_hash)
         WHERE decided_face.source = 'manual' AND image.model_revision = ?
         AND ${isDecided('draw-face', 'decided_face.stable_id')}
         AND NOT EXISTS (SELECT 1 FROM face
           WHERE face.image_id = image.id AND face.stable_id = decided_face.stable_id)`,
        modelRevision,
      )
      .map(([contentHash]) => String(contentHash));
  }

  #setUndone(id: string, isUndone: boolean): Outcome {
    return this.#database.transaction(() => {
      const before = this.table.find(id);
      if (before === undefined) {
        throw new FamiliarError('query-unknown', 'Expected a decision of this library.', {
          remedy: 'Open the list of decisions again: the library has changed.',
        });
      }
      this.table.setUndone(id, isUndone);
      const decision = { ...before, isUndone };
      return { decision, change: this.#takeEffect(decision) };
    });
  }

  #takeEffect(decision: Decision): LibraryChange {
    switch (decision.kind) {
      case 'not-same':
        return nothingChanged;
      case 'draw-face':
        return decision.isUndone ? this.#setAside(decision) : this.#bringBack(decision);
      case 'remove-face':
        return decision.isUndone ? this.#bringBack(decision) : this.#setAside(decision);
    }
  }

  #setAside({ faces }: Decision): LibraryChange {
    const ids = faces.flatMap((stableId) => this.#images.setAside(stableId));
    return { removed: { images: [], faces: ids }, added: [] };
  }

  #bringBack({ faces }: Decision): LibraryChange {
    return this.#added(faces.flatMap((stableId) => this.#images.bringBack(stableId)));
  }

  /** Those of the images that a file shows, with all their faces. */
  #added(imageIds: readonly number[]): LibraryChange {
    const contents = imageIds.map((id) => this.#images.find(id)?.contentHash ?? '');
    const shown = this.#matches.shown(contents);
    const ids = imageIds.filter((_, i) => shown.has(contents[i] as string));
    return { removed: noRows, added: this.#matches.indexedImages(ids) };
  }
}
