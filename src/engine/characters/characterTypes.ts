import type { Box } from '../../common/geometry.ts';
import type { DecisionKind } from '../library/characterTable.ts';

/** A face with what is needed to show it. */
export interface ShownFace {
  readonly faceId: number;
  readonly imageId: number;
  readonly path: string;
  readonly relativePath: string;
  /** Pixels of the upright image, like `box`. */
  readonly width: number;
  readonly height: number;
  readonly box: Box;
  /** How sure its place is, 0…1. */
  readonly score: number;
  /** Whether a person said of this very face that it is the character. */
  readonly confirmed: boolean;
  /** Absolute path of a thumbnail of the whole image; null where there is none yet. */
  readonly thumbnail: string | null;
}

export interface Character {
  /** Of a character, or of faces that look like one; kept while the library changes. */
  readonly id: number;
  readonly name: string | null;
  readonly aliases: string[];
  readonly hidden: boolean;
  readonly faces: number;
  readonly confirmed: number;
  /** The face that stands for it; null where none of its faces is in the library. */
  readonly cover: ShownFace | null;
}

/** A decision as it can be undone. */
export interface UndoableDecision {
  readonly kind: DecisionKind;
  readonly subject: string;
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

export interface ListQuery extends Page {
  /** Part of a name, an alias or a path; all where it is empty. */
  readonly filter: string;
  /** The hidden ones instead of the others. */
  readonly hidden: boolean;
}

export interface CharacterList {
  readonly characters: Character[];
  readonly total: number;
  readonly singles: number;
  readonly hidden: number;
  /** How many of `total` have a name. */
  readonly named: number;
  /** Unnamed characters for which there is a name in file names. */
  readonly proposals: number;
  /** Faces are being grouped: more may come. */
  readonly grouping: boolean;
  readonly undo: UndoableDecision | null;
  readonly epoch: number;
}

export interface NameProposal {
  readonly id: number;
  readonly name: string;
  readonly faces: number;
  /** How many of its faces lie in files of that name. */
  readonly matching: number;
  /** Part of all faces in files of that name that are of this character, 0…1. */
  readonly share: number;
  readonly cover: ShownFace | null;
}

/** What became of naming: the character, or another one that has the name already. */
export interface NamingResult {
  readonly id: number;
  readonly existing: { readonly id: number; readonly name: string } | null;
}
