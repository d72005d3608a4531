import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { refusalSchema } from './providerReport.ts';

const outcomeSchema = z.discriminatedUnion('state', [
  /** Written before a probe begins: found later, it means that the engine ended in it so often. */
  z.strictObject({ state: z.literal('probing'), attempts: z.number().int().positive().default(1) }),
  z.strictObject({
    state: z.literal('agreed'),
    imagesPerSecond: z.number().positive(),
    batch: z.number().int().positive(),
    fasterThanCpu: z.boolean(),
  }),
  refusalSchema.omit({ provider: true }).extend({ state: z.literal('refused') }),
]);
export type ProbeOutcome = z.infer<typeof outcomeSchema>;

const cacheSchema = z.strictObject({
  /** What the outcomes depend on: runtime, driver, machine, models. */
  key: z.string(),
  cpuImagesPerSecond: z.number().positive().nullable(),
  outcomes: z.record(z.string(), outcomeSchema),
});
export type ProbeResults = z.infer<typeof cacheSchema>;

const fileName = 'providers.json';

/**
 * The outcomes that belong to the key; none where the file is missing, damaged or about
 * another machine, driver or model: then everything is probed anew.
 */
export async function readProbes(folder: string, key: string): Promise<ProbeResults> {
  const none = { key, cpuImagesPerSecond: null, outcomes: {} };
  let text: string;
  try {
    text = await readFile(join(folder, fileName), 'utf8');
  } catch {
    return none;
  }
  try {
    const results = cacheSchema.parse(JSON.parse(text));
    return results.key === key ? results : none;
  } catch {
    return none;
  }
}

/**
 * Writes the outcomes; the file is always either the old one or the new one. At once, so that it is
 * done even where the process is about to end.
 *
 * @throws Error of the file system, such as a full or read-only disk
 */
export function writeProbes(folder: string, results: ProbeResults): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, fileName);
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(results, null, 2));
  renameSync(temporary, path);
}

/** Forgets all outcomes, so that everything is probed anew. */
export function deleteProbes(folder: string): void {
  rmSync(join(folder, fileName), { force: true });
}
