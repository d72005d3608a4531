import type { FailureCode } from '../../common/failure.ts';
import type { InputSpec, ModelRole } from './manifest.ts';
import type { FloatTensor, Provider } from './runtime.ts';
import type { PixelBatch } from './tensor.ts';

/**
 * What the engine and its inference hosts say to each other. Both ends are one program in one
 * version and nothing here comes from outside, so the types are trusted.
 */
export interface HostedModel {
  readonly role: ModelRole;
  readonly file: string;
  readonly input: InputSpec;
  readonly outputName: string;
}

export type HostRequest =
  | { readonly kind: 'about' }
  | {
      readonly kind: 'open';
      readonly provider: Provider;
      readonly threads: number;
      readonly models: readonly HostedModel[];
    }
  | { readonly kind: 'run'; readonly role: ModelRole; readonly batch: PixelBatch };

export interface HostResults {
  about: { readonly version: string; readonly providers: readonly Provider[] };
  /** Per model the only batch size that it takes, or null. */
  open: { readonly fixedBatches: readonly (number | null)[] };
  /** The batch comes back so that its memory can be used again. */
  run: { readonly output: FloatTensor; readonly pixels: Uint8Array };
}

export type HostRequestMessage = { readonly id: number; readonly request: HostRequest };

export type HostReply =
  | { readonly id: number; readonly result: HostResults[keyof HostResults] }
  | {
      readonly id: number;
      readonly failure: {
        readonly code: FailureCode;
        readonly message: string;
        readonly remedy: string;
      };
    };
