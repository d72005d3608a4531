import { z } from 'zod';

/** Pictures, or what may lead to some, that the last scan of everything left out; kept in the library. */
export const passedOverSchema = z.strictObject({
  /** Name ending of a format that is not read → files. */
  unsupported: z.record(z.string(), z.number().int().positive()),
  /** By the settings or by ignore files: images in folders that are looked into, … */
  ignored: z.number().int().nonnegative(),
  /** … and folders that are not. */
  ignoredFolders: z.number().int().nonnegative(),
  /** Links out of the folder. */
  outside: z.number().int().nonnegative(),
});
export type PassedOver = z.infer<typeof passedOverSchema>;

/** Why a scan left something out that may be a picture of the person's own. */
export type PassedOverReason =
  | { readonly reason: 'unsupported'; readonly ending: string }
  | { readonly reason: 'ignored' | 'ignoredFolder' | 'outside' };

/** Counts what scans leave out. */
export class PassedOverCounts {
  #counts = {
    unsupported: {} as Record<string, number>,
    ignored: 0,
    ignoredFolders: 0,
    outside: 0,
  };

  add(passed: PassedOverReason): void {
    const counts = this.#counts;
    switch (passed.reason) {
      case 'unsupported':
        counts.unsupported[passed.ending] = (counts.unsupported[passed.ending] ?? 0) + 1;
        break;
      case 'ignoredFolder':
        counts.ignoredFolders++;
        break;
      default:
        counts[passed.reason]++;
    }
  }

  get counts(): PassedOver {
    return this.#counts;
  }
}
