import * as z from 'zod';
import { failureSchema } from './failureSchema.ts';
import { refusalSchema } from './providerReport.ts';

/** One part that was examined: what was found out about it, and what is wrong with it. */
function checkOf<P extends string, F extends z.core.SomeType>(part: P, facts: F) {
  return z.strictObject({
    part: z.literal(part),
    /** Null where the failure left nothing to find out. */
    facts: z.nullable(facts),
    failure: failureSchema.nullable(),
  });
}

const bytes = z.number().nonnegative();
const count = z.number().int().nonnegative();

export const checkSchema = z.discriminatedUnion('part', [
  checkOf(
    'runtime',
    z.strictObject({ node: z.string(), platform: z.string(), architecture: z.string() }),
  ),
  checkOf(
    'library',
    z.strictObject({
      storageFolder: z.string(),
      /** `follower`: another process indexes at the moment, this one reads what it writes. */
      role: z.enum(['leader', 'follower', 'readOnly']),
    }),
  ),
  checkOf('database', z.strictObject({ bytes })),
  checkOf('disk', z.strictObject({ freeBytes: bytes })),
  checkOf(
    'index',
    z.strictObject({
      faces: count,
      /** Those of the faces that have come since the index was built. */
      added: count,
    }),
  ),
  checkOf(
    'models',
    z.strictObject({
      name: z.string(),
      revision: z.string(),
      provider: z.string(),
      /** Of the probe; null where it was not measured. */
      imagesPerSecond: z.number().nullable(),
      refused: z.array(refusalSchema),
    }),
  ),
  checkOf('folder', z.strictObject({ name: z.string(), path: z.string() })),
]);
export type Check = z.infer<typeof checkSchema>;

export const doctorSchema = z.strictObject({
  /** Whether no check has a failure. */
  ok: z.boolean(),
  checks: z.array(checkSchema),
});
export type DoctorReport = z.infer<typeof doctorSchema>;
