import type { FailureCode } from '../../common/failure.ts';
import type { Size } from '../../common/geometry.ts';
import type { RgbaRaster } from '../../common/raster.ts';

// What the engine and its painter say to each other. Both are one program in one version and
// nothing here comes from outside, so the types are trusted.

/** Formats that the painter decodes; sharp reads all others. */
export type PaintedFormat = 'svg' | 'psd' | 'tga' | 'qoi' | 'bmp';

export interface PaintRequest {
  readonly format: PaintedFormat;
  /** Of a PSD without its layers: see `withoutLayers`. */
  readonly bytes: Uint8Array;
  /** Of a PSD: see `FlatPsd`. */
  readonly isTransparent: boolean;
  readonly limits: PaintLimits;
}

export interface PaintLimits {
  /** Pictures of more pixels (width × height) are refused. */
  readonly maxPixels: number;
  /** Larger pictures are shrunk to this many pixels. */
  readonly maxWorkingPixels: number;
}

/** A picture with its transparency. */
export interface Painted {
  /** Pixels of the file; of an SVG what it asks for, at 96 pixels per inch. */
  readonly size: Size;
  readonly rgba: RgbaRaster;
}

export type PaintReply =
  | { readonly painted: Painted }
  | {
      readonly failure: {
        readonly code: FailureCode;
        readonly message: string;
        readonly remedy: string;
      };
    };
