import { z } from 'zod';
import { refusalCauses } from '../../common/refusalCauses.ts';

/** Why one accelerator is not used; kept on disk with the outcomes of probes. */
export const refusalSchema = z.strictObject({
  provider: z.string(),
  cause: z.enum(refusalCauses),
  /** The exact words, in English, to go on to "it is not used: …". */
  reason: z.string(),
});
export type Refusal = z.infer<typeof refusalSchema>;
export type RefusalCause = Refusal['cause'];

export interface ProviderReport {
  /** The provider in use; null before the models are loaded. */
  readonly active: string | null;
  /** Images per second of the probe; null where it was not measured. */
  readonly probeImagesPerSecond: number | null;
  readonly refused: Refusal[];
}
