import * as z from 'zod';

/**
 * Why an accelerator is not used:
 * - `absent`: the runtime of this platform does not have it.
 * - `unfinished`: the process ended while it was tried for the first time.
 * - `failed`: it did not start, or gave up in the middle.
 * - `different`: its answers are not those of the CPU.
 * - `slower`: the CPU is faster.
 */
export const refusalCauses = ['absent', 'unfinished', 'failed', 'different', 'slower'] as const;
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
