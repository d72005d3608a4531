import * as z from 'zod';

/** A part that does not work in this runtime. */
const selfTestFailureSchema = z.strictObject({
  part: z.string(),
  /** What it said, in English. */
  message: z.string(),
  /** Whether there is no engine without it. */
  required: z.boolean(),
});
export type SelfTestFailure = z.infer<typeof selfTestFailureSchema>;

export const selfTestSchema = z.strictObject({ failures: z.array(selfTestFailureSchema) });
export type SelfTest = z.infer<typeof selfTestSchema>;
