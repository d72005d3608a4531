import type { Failure } from '../../common/failure.ts';

/** Where indexing stands. */
export interface Progress {
  /** `paused` keeps its place; `failed` means that the run could not go on, not that files failed. */
  readonly phase: 'idle' | 'scanning' | 'indexing' | 'paused' | 'failed';
  /** Images of this run that are finished (indexed or failed) and that it will process. */
  readonly done: number;
  readonly total: number;
  readonly faces: number;
  readonly failures: number;
  /** Over the last seconds; null before there is a measurement. */
  readonly imagesPerSecond: number | null;
  readonly remainingSeconds: number | null;
  /** The last run was cancelled: images of the folders may be missing. */
  readonly interrupted: boolean;
  /** Why the run failed. */
  readonly failure: Failure | null;
}
