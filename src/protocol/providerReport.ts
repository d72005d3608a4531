import * as z from 'zod';
import { refusalCauses } from '../common/refusalCauses.ts';

export type RefusalCause = (typeof refusalCauses)[number];

export const refusalSchema = z.strictObject({
  provider: z.string(),
  cause: z.enum(refusalCauses),
  /** The exact words, in English, to go on to "it is not used: …". */
  reason: z.string(),
});
export type Refusal = z.infer<typeof refusalSchema>;

export const providerReportSchema = z.strictObject({
  /** The provider in use; null before the models are loaded. */
  active: z.string().nullable(),
  /** Images per second of the probe; null where it was not measured. */
  probeImagesPerSecond: z.number().nullable(),
  refused: z.array(refusalSchema),
});
export type ProviderReport = z.infer<typeof providerReportSchema>;
