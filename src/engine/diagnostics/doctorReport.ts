import type { Failure } from '../../common/failure.ts';
import type { PassedOver } from '../files/passedOver.ts';
import type { LibraryCounts } from '../library/libraryStore.ts';
import type { ProviderReport, Refusal } from '../models/providerReport.ts';

/** What was found out about each part that a library depends on. */
interface Facts {
  readonly runtime: {
    readonly node: string;
    readonly platform: string;
    readonly architecture: string;
  };
  readonly library: {
    readonly storageFolder: string;
    /** `follower`: another process indexes at the moment, this one reads what it writes. */
    readonly role: 'leader' | 'follower' | 'readOnly';
  };
  readonly database: { readonly bytes: number };
  readonly disk: { readonly freeBytes: number };
  readonly index: {
    readonly faces: number;
    /** Those of the faces that have come since the index was built. */
    readonly added: number;
  };
  readonly models: {
    readonly name: string;
    readonly revision: string;
    readonly provider: string;
    /** Of the probe; null where it was not measured. */
    readonly imagesPerSecond: number | null;
    readonly refused: readonly Refusal[];
  };
  readonly folder: { readonly name: string; readonly path: string };
}

export type Part = keyof Facts;

/** One part: what was found out about it, and what is wrong with it. */
export type Check = {
  [P in Part]: {
    readonly part: P;
    /** Null where the failure left nothing to find out. */
    readonly facts: Facts[P] | null;
    readonly failure: Failure | null;
  };
}[Part];

export interface DoctorReport {
  /** Whether no check has a failure. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/** How large a library is, and what it works with. */
export interface Stats extends LibraryCounts {
  readonly passedOver: PassedOver;
  readonly databaseBytes: number;
  readonly indexBytes: number;
  readonly thumbnailBytes: number;
  readonly model: { readonly name: string; readonly revision: string };
  readonly provider: ProviderReport;
  /** `exact` where no native index can be loaded. */
  readonly search: 'annoy' | 'exact';
  readonly storageFolder: string;
  readonly readOnly: boolean;
}
