import * as z from 'zod';
import { failureCodes } from '../common/failure.ts';

/** Why a file, a provider or a request failed, in the form that is shown to people. */
export const failureSchema = z.strictObject({
  code: z.enum(failureCodes),
  message: z.string(),
  remedy: z.string(),
});
export type Failure = z.infer<typeof failureSchema>;
