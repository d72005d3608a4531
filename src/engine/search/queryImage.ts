import type { Box } from '../../common/geometry.ts';

/** What a search may start from. */
export type QuerySource =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'image'; readonly imageId: number }
  /** A whole image file that lies nowhere on disk. */
  | { readonly kind: 'bytes'; readonly name: string; readonly bytes: Uint8Array };

export interface Face {
  readonly id: number;
  /** In pixels of the upright image. */
  readonly box: Box;
  /** Detector score 0…1; 1 for a face drawn by hand. */
  readonly score: number;
  readonly source: 'detected' | 'manual';
  readonly character: string | null;
}

/** A query image, decoded and embedded; it is remembered under `queryId` for a while. */
export interface QueryImage {
  readonly queryId: string;
  /** Null for an image that is not part of the library. */
  readonly imageId: number | null;
  readonly name: string;
  readonly path: string | null;
  readonly width: number;
  readonly height: number;
  /** Absolute path of a preview (JPEG or WebP) of at most 1024 px below the storage folder. */
  readonly preview: string;
  readonly faces: readonly Face[];
}
