import * as z from 'zod';

/** A box in pixels of the upright image. */
export const boxSchema = z.strictObject({
  x: z.number(),
  y: z.number(),
  width: z.number().positive(),
  height: z.number().positive(),
});
