import { type Box, iou, type Size } from '../../common/geometry.ts';
import { dot } from '../../common/vector.ts';
import { type DecidedFace, toPixelBox } from './decidedFaceTable.ts';
import { fromBlob } from './vectorBlob.ts';

/**
 * A new box this much over an old one is the same face (the rule by which Immich keeps its face
 * ids over re-detection).
 */
const sameFaceIou = 0.5;

/**
 * In a picture that was changed, a face in the old place is the same where its identity vector has
 * at least this cosine to the old one. Of 64 pictures each, saved smaller, as JPEG, painted over, in
 * other colours or darker, all 320 faces had 0.60 or more; another picture's had 0.51 (95th
 * percentile; 0.67 at most).
 */
const sameFaceCosine = 0.6;

/**
 * And its picture, by the style embeddings: the same pictures had 0.38 or more, others 0.31 or less.
 * It speaks for boxes on a background, which look alike by themselves.
 */
const samePictureCosine = 0.35;

/** As `sameFaceCosine`, for a face in another place: the picture was cropped or extended. */
const movedFaceCosine = 0.9;

/** A face that was found, or drawn, and its unit identity vector. */
interface FoundFace {
  /** In pixels of the upright image. */
  readonly box: Box;
  readonly source: DecidedFace['source'];
  readonly identity: Float32Array;
}

/** An image that was processed, with its unit style embedding. */
interface FoundImage extends Size {
  readonly modelRevision: string;
  readonly look: Float32Array;
  readonly faces: readonly FoundFace[];
}

/** What is known of the faces of an image before it is processed again. */
export interface KnownFaces {
  /** Decided on this very content. */
  readonly ofContent: readonly DecidedFace[];
  /** Decided on another content in its place: they hold where the faces are still the same. */
  readonly ofPlaces: readonly DecidedFace[];
  /** Faces that the content was stored with, decided or not. */
  readonly before: readonly { readonly stableId: number; readonly box: Box }[];
}

/** What a new face is, as a person knows it. */
export interface KnownAs {
  readonly stableId: number;
  /** A person said that this is no face. */
  readonly isRemoved: boolean;
  /** The decision was made on another content. */
  readonly isInherited: boolean;
}

interface Pair {
  readonly face: number;
  readonly known: KnownAs;
  /** 0 before 1 before 2: whose word counts most. */
  readonly rank: number;
  readonly likeness: number;
}

/**
 * Tells for each new face of an image which of the known ones it is; no known face is two new ones.
 *
 * @returns in the order of `image.faces`; undefined for a face that is new
 */
export function matchFaces(image: FoundImage, known: KnownFaces): (KnownAs | undefined)[] {
  const pairs: Pair[] = [];
  for (const [face, found] of image.faces.entries()) {
    for (const decided of known.ofContent) {
      const likeness = iou(toPixelBox(decided.box, image), found.box);
      if (likeness > sameFaceIou) {
        pairs.push(pairOf(face, found, decided, likeness, false));
      }
    }
    for (const decided of known.ofPlaces) {
      const likeness = likenessAcross(image, found, decided);
      if (likeness !== null) {
        pairs.push(pairOf(face, found, decided, likeness, true));
      }
    }
    for (const { stableId, box } of known.before) {
      const likeness = iou(box, found.box);
      if (likeness > sameFaceIou) {
        const as = { stableId, isRemoved: false, isInherited: false };
        pairs.push({ face, known: as, rank: 1, likeness });
      }
    }
  }
  return choose(pairs, image.faces.length);
}

function pairOf(
  face: number,
  found: FoundFace,
  { stableId, isRemoved, source }: DecidedFace,
  likeness: number,
  isInherited: boolean,
): Pair {
  const rank = source === found.source ? 0 : 2;
  // What a person drew is a face, whatever was said of a detection in the same place.
  const known = { stableId, isRemoved: isRemoved && found.source === 'detected', isInherited };
  return { face, known, rank, likeness };
}

/** How alike a face and one of another content are; null where it is not the same face. */
function likenessAcross(image: FoundImage, found: FoundFace, decided: DecidedFace): number | null {
  const overlap = iou(toPixelBox(decided.box, image), found.box);
  const isInPlace = overlap > sameFaceIou;
  if (decided.identity === null || decided.modelRevision !== image.modelRevision) {
    // Vectors of two model revisions say nothing about each other.
    return isInPlace ? overlap : null;
  }
  if (
    decided.look !== null &&
    dot(fromBlob(decided.look, image.look.length), image.look) < samePictureCosine
  ) {
    return null;
  }
  const cosine = dot(fromBlob(decided.identity, found.identity.length), found.identity);
  const isSame =
    cosine >= (isInPlace ? sameFaceCosine : movedFaceCosine) && (isInPlace || !isDrawn(found));
  return isSame ? overlap + cosine : null;
}

/** A box that was drawn is where it was drawn. */
function isDrawn({ source }: FoundFace): boolean {
  return source === 'manual';
}

function choose(pairs: Pair[], count: number): (KnownAs | undefined)[] {
  const chosen = new Array<KnownAs | undefined>(count).fill(undefined);
  const used = new Set<number>();
  pairs.sort((a, b) => a.rank - b.rank || b.likeness - a.likeness);
  for (const { face, known } of pairs) {
    if (chosen[face] === undefined && !used.has(known.stableId)) {
      chosen[face] = known;
      used.add(known.stableId);
    }
  }
  return chosen;
}
