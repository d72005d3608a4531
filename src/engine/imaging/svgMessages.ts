import type { FailureCode } from '../../common/failure.ts';
import type { DrawnSvg } from './svg.ts';

// What the engine and its painter say to each other. Both are one program in one version and
// nothing here comes from outside, so the types are trusted.

export interface PaintRequest {
  readonly bytes: Uint8Array;
  readonly maxPixels: number;
}

export type PaintReply =
  | { readonly drawn: DrawnSvg }
  | {
      readonly failure: {
        readonly code: FailureCode;
        readonly message: string;
        readonly remedy: string;
      };
    };
